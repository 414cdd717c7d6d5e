import { type GrantedApi, OWN_API, variablesOf } from '@cross-account-api/serverless-plugin';
import { type About, type Link, notRead } from '../call/link.ts';
import type { DeployedCaller } from './deployed-stacks.ts';

/** The variables of a function with which it calls an API. */
export interface CallVariables {
  readonly url: string | undefined;
  readonly region: string | undefined;
  readonly invokeRoleArn: string | undefined;
  readonly externalId: string | undefined;
}

/**
 * The variables of a function for an API.
 * @param api as the property `calls` names it. Default: the API of this project
 */
export function callVariables(
  environment: Readonly<Record<string, string>>,
  api: string = OWN_API,
): CallVariables {
  const names = variablesOf(api);
  return {
    url: environment[names.url],
    region: environment[names.region],
    invokeRoleArn: environment[names.invokeRoleArn],
    externalId: environment[names.externalId],
  };
}

/** Whether the caller is configured to assume a role. In access mode `resource-policy` it has neither variable. */
export function assumesRole({
  invokeRoleArn,
  externalId,
}: Pick<CallVariables, 'invokeRoleArn' | 'externalId'>): boolean {
  return invokeRoleArn !== undefined || externalId !== undefined;
}

type Configured = Pick<DeployedCaller, 'environment' | 'unread'>;

/**
 * Whether the caller is configured with the outputs of the api stack.
 * @param roleOutput the output with the role that the function assumes
 */
export function compareConfiguration(
  { environment, unread }: Configured,
  outputs: ReadonlyMap<string, string>,
  roleOutput = 'InvokeRoleArn',
): Link {
  const about = aboutConfiguration('what the api stack has');
  if (unread !== undefined) return notRead(about, unread);
  const has = callVariables(environment);
  const differences = differencesOf(OWN_API, has, {
    url: { from: "the api stack's ApiUrl", value: outputs.get('ApiUrl') },
    ...(assumesRole(has) && {
      invokeRoleArn: { from: `the api stack's ${roleOutput}`, value: outputs.get(roleOutput) },
    }),
  });
  if (assumesRole(has) && has.externalId === undefined) differences.push('EXTERNAL_ID is not set.');
  return linkOf(about, differences);
}

/**
 * Whether the caller is configured with an entry of `apis`.
 * @param setting the entry's name in services/stages.yml. @example 'dev.apis.billing'
 */
export function compareWithEntry(
  { environment, unread }: Configured,
  {
    name,
    url,
    accessMode,
    invokeRoleArn,
    externalId,
  }: Pick<GrantedApi, 'name' | 'url' | 'accessMode' | 'invokeRoleArn' | 'externalId'>,
  setting: string,
): Link {
  const about = aboutConfiguration(`${setting} of services/stages.yml`);
  if (unread !== undefined) return notRead(about, unread);
  const assumes = accessMode === 'assume-role';
  const differences = differencesOf(name, callVariables(environment, name), {
    url: { from: `${setting}.url`, value: url },
    invokeRoleArn: { from: `${setting}.invokeRoleArn`, value: assumes ? invokeRoleArn : undefined },
    externalId: { from: `${setting}.externalId`, value: assumes ? externalId : undefined },
  });
  return linkOf(about, differences);
}

function differencesOf(
  api: string,
  has: CallVariables,
  wanted: Partial<Record<keyof CallVariables, { readonly from: string; readonly value: string | undefined }>>,
): string[] {
  const names = variablesOf(api);
  return Object.entries(wanted).flatMap(([key, { from, value }]) => {
    const variable = key as keyof CallVariables;
    if (has[variable] === value) return [];
    // An external ID is no secret, but it belongs to one caller.
    if (variable === 'externalId') return [`${names[variable]} is not ${from}.`];
    return [`${names[variable]} is ${has[variable] ?? 'not set'}, and ${from} is ${value ?? 'missing'}.`];
  });
}

function aboutConfiguration(what: string): About {
  return { kind: 'configuration', title: `the caller is configured with ${what}` };
}

function linkOf(about: About, differences: readonly string[]): Link {
  const holds = differences.length === 0;
  return {
    ...about,
    state: holds ? 'holds' : 'breaks',
    remedies: [],
    ...(!holds && { problem: differences.join(' ') }),
  };
}
