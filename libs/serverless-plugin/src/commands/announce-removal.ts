import type { Deployment } from '../deployment.ts';
import type { Framework, Utilities } from '../framework.ts';
import { DATA_TYPES } from '../template/keep-data.ts';
import { deployedTemplate } from './deployed-template.ts';

/** A table or a log group of a stack that is about to be removed. */
interface Data {
  readonly kind: string;
  readonly name: string;
  readonly isKept: boolean;
}

/** Says which tables and logs `sls remove` deletes, and which it keeps, before it begins. */
export async function announceRemoval(
  framework: Framework,
  { stage, settings }: Pick<Deployment, 'stage' | 'settings'>,
  { log }: Pick<Utilities, 'log'>,
): Promise<void> {
  const template = await deployedTemplate(framework);
  if (template === undefined) return;
  const StackName = framework.getProvider('aws').naming.getStackName();
  if (template instanceof Error) {
    log.warning(`${StackName} is removed with its tables and logs: ${template.message}`);
    return;
  }
  const names = await physicalNames(framework, StackName);
  const data = Object.entries(template.Resources)
    .filter(([, { Type }]) => DATA_TYPES.includes(Type))
    .map(([id, { Type, DeletionPolicy = 'Delete' }]): Data => {
      const kind = Type === 'AWS::DynamoDB::Table' ? 'table' : 'log group';
      return { kind, name: names.get(id) ?? id, isKept: DeletionPolicy !== 'Delete' };
    });
  const lines = [
    ...listed(
      'deletes, with all that is in them',
      data.filter(({ isKept }) => !isKept),
    ),
    ...listed(
      'keeps',
      data.filter(({ isKept }) => isKept),
    ),
  ];
  if (lines.length === 0) return;
  const hint =
    settings.retainData || data.every(({ isKept }) => isKept)
      ? ''
      : `\nTo keep them, stop now, set retainData: true of ${stage} in services/stages.yml, and deploy before you remove.`;
  log.warning(`The removal of ${StackName}\n${lines.join('\n')}${hint}`);
}

function listed(what: string, data: readonly Data[]): string[] {
  return data.length === 0
    ? []
    : [`  ${what}: ${data.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`];
}

async function physicalNames(framework: Framework, StackName: string): Promise<ReadonlyMap<string, string>> {
  const { CloudFormationClient, paginateListStackResources } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(await framework.getProvider('aws').getAwsSdkV3Config());
  const names = new Map<string, string>();
  try {
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client },
      { StackName },
    )) {
      for (const { LogicalResourceId: id = '', PhysicalResourceId: name } of StackResourceSummaries) {
        if (name !== undefined) names.set(id, name);
      }
    }
  } finally {
    client.destroy();
  }
  return names;
}
