import { actionData } from './action-data.ts';

/** A service, its actions by the kinds of resources that they are about, and the form of the ARN of each kind. All lists are words. */
export type ServiceRow = readonly [
  service: string,
  actions: Readonly<Record<string, string>>,
  /** e.g. `arn:<Partition>:s3:::<BucketName>` */
  arns: Readonly<Record<string, string>>,
];

/**
 * The forms of the ARNs of the resources that an action is about, e.g. `arn:<Partition>:s3:::<BucketName>`.
 * @param action service and name, in any case and without wildcards
 * @returns `undefined` if AWS has no such action; an empty list for an action that is not about certain resources
 */
export function resourcesOfAction(action: string): readonly string[] | undefined {
  const [service = '', name = '', ...rest] = action.toLowerCase().split(':');
  if (rest.length > 0 || !/^[a-z0-9-]+$/.test(service)) return undefined;
  const start = actionData.indexOf(`\n["${service}",`);
  if (start < 0) return undefined;
  const [, actions, arns] = JSON.parse(
    actionData.slice(start + 1, actionData.indexOf('\n', start + 1)),
  ) as ServiceRow;
  const found = Object.entries(actions).find(([, names]) => names.toLowerCase().split(' ').includes(name));
  return found?.[0]
    .split(' ')
    .filter(Boolean)
    .flatMap((type) => arns[type] ?? []);
}
