import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A service, its actions by the kinds of resources that they are about, and the form of the ARN of each kind. All lists are words. */
export type ServiceRow = readonly [
  service: string,
  actions: Readonly<Record<string, string>>,
  /** e.g. `arn:<Partition>:s3:::<BucketName>` */
  arns: Readonly<Record<string, string>>,
];

/** A row for each service, from AWS's Service Authorization Reference. */
const ACTIONS = join(import.meta.dirname, 'actions.jsonl');

let table: string | undefined;
const rows = new Map<string, ServiceRow>();

/**
 * The forms of the ARNs of the resources that an action is about, e.g. `arn:<Partition>:s3:::<BucketName>`.
 * @param action service and name, in any case and without wildcards
 * @returns `undefined` if AWS has no such action; an empty list for an action that is not about certain resources
 */
export function resourcesOfAction(action: string): readonly string[] | undefined {
  const [service = '', name = '', ...rest] = action.toLowerCase().split(':');
  if (rest.length > 0) return undefined;
  const row = rowOf(service);
  if (row === undefined) return undefined;
  const [, actions, arns] = row;
  const found = Object.entries(actions).find(([, names]) => names.toLowerCase().split(' ').includes(name));
  return found?.[0]
    .split(' ')
    .filter(Boolean)
    .flatMap((type) => arns[type] ?? []);
}

/**
 * The actions of a service that are about a kind of its resources, or also about other kinds.
 * @param type the word for it in AWS's reference, e.g. `function` of `lambda`
 * @returns e.g. `lambda:InvokeFunction`
 */
export function actionsAbout(service: string, type: string): readonly string[] {
  return Object.entries(rowOf(service)?.[1] ?? {})
    .filter(([types]) => types.split(' ').includes(type))
    .flatMap(([, names]) => names.split(' ').map((name) => `${service}:${name}`));
}

function rowOf(service: string): ServiceRow | undefined {
  const known = rows.get(service);
  if (known !== undefined || !/^[a-z0-9-]+$/.test(service)) return known;
  // Only the row of the service is parsed.
  table ??= `\n${readFileSync(ACTIONS, 'utf8')}`;
  const start = table.indexOf(`\n["${service}",`);
  if (start < 0) return undefined;
  const row = JSON.parse(table.slice(start + 1, table.indexOf('\n', start + 1))) as ServiceRow;
  rows.set(service, row);
  return row;
}
