import { SettingsError } from './error.ts';
import { profileIn } from './local.ts';
import { functionRoleName, invokeRoleName, nameOf, regionalName } from './names.ts';
import type { StageEntry } from './schema.ts';
import type { ProjectServices } from './services.ts';

/** The file with the settings, for messages. */
export const FILE = 'services/stages.yml';

/** A text in which CloudFormation replaces `${AWS::…}`. */
export interface Sub {
  readonly 'Fn::Sub': string;
}

/** A further caller, with the values for its invoke role. */
export interface FurtherCaller {
  readonly name: string;
  readonly accountId: string;
  readonly externalId: string | undefined;
  /** The routes that it may call, such as `GET /whoami`. Absent: all. */
  readonly routes?: readonly string[] | undefined;
  /** The role in the caller's account. It is the same in each region of the stage, unless this project deploys it. */
  readonly roleArn: string;
  readonly invokeRoleName: string;
  /** The ARNs that the invoke role trusts: of the caller's role, and of the previous one while it is changed. */
  readonly trustedRoles: readonly Sub[];
  /** The condition keys that the invoke role demands, with their values. */
  readonly trustConditions: TrustConditions;
  /** Its deployment, if this project deploys it. */
  readonly deployment?: CallerDeployment | undefined;
}

/** The deployment of a further caller that is in this project: a service, or a function of a caller's service. */
export interface CallerDeployment {
  /** The service's folder, from the project's root. */
  readonly folder: string;
  /** The function's name in serverless.yml. Absent: the caller is the function `caller` of a further service. */
  readonly function?: string | undefined;
  readonly profile: string | undefined;
  readonly roleName: string;
  /** The role's name, and the previous one while it is changed. */
  readonly roleNames: readonly string[];
  readonly logKeyId: string | undefined;
}

/** Values by condition key. */
export interface TrustConditions {
  readonly 'sts:ExternalId': readonly string[];
  readonly 'aws:PrincipalOrgID'?: string;
}

/** The settings on which a further caller's settings depend. */
interface CallerContext
  extends Pick<StageEntry, 'organizationId' | 'rolePath' | 'callerAccountId' | 'callers'> {
  readonly stage: string;
  readonly partition: string;
  readonly roleSuffix: string;
  readonly services: ProjectServices;
  readonly callerProfile?: string | undefined;
  readonly callerLogKeyId?: string | undefined;
}

/**
 * The settings of a further caller, with the values that follow from them.
 * @throws SettingsError if its service or the API is not in this project
 */
export function furtherCaller(
  name: string,
  caller: StageEntry['callers'][string],
  context: CallerContext,
): FurtherCaller {
  const { stage, partition, roleSuffix, services, organizationId, rolePath } = context;
  const { externalId, routes, previousRoleName, previousExternalId } = caller;
  const { api } = services;
  if (api === undefined) {
    throw new SettingsError(
      `${FILE}: ${stage}.callers has ${name}, and this project has no API that could admit it: serverless-compose.yml must have a service "api". Remove the entry, or add the service.`,
    );
  }
  const accountId = caller.accountId ?? accountOfFunction(name, caller, context);
  const deployment = deploymentOf(name, { ...caller, accountId }, context);
  const path = deployment === undefined ? '/' : rolePath;
  const roleName = deployment?.roleName ?? String(caller.roleName);
  const trusted = (
    deployment?.roleNames ?? [roleName, ...(previousRoleName === undefined ? [] : [previousRoleName])]
  ).map((each) => (each.includes('/') ? `/${each}` : `${path}${each}`));
  return {
    name,
    accountId,
    externalId,
    routes,
    deployment,
    roleArn: `arn:${partition}:iam::${accountId}:role${path}${roleName}`,
    invokeRoleName: invokeRoleName(api, stage, name, roleSuffix),
    trustedRoles: trusted.map((each) => roleArn(accountId, each)),
    trustConditions: trustConditions(externalId, previousExternalId, organizationId),
  };
}

/** The account of a function: that of its service. */
function accountOfFunction(
  name: string,
  { service }: StageEntry['callers'][string],
  { stage, callers, callerAccountId }: CallerContext,
): string {
  if (service === undefined) return callerAccountId;
  const [accountId] = Object.values(callers).flatMap((each) =>
    each.service === service && each.function === undefined ? (each.accountId ?? []) : [],
  );
  if (accountId !== undefined) return accountId;
  throw new SettingsError(
    `${FILE}: ${stage}.callers.${name} is a function of the service "${service}", and no entry of ${stage}.callers has this service alone. Add it, with its accountId.`,
  );
}

/** The deployment of a further caller from this project; `undefined` if this project does not deploy it. */
function deploymentOf(
  name: string,
  caller: StageEntry['callers'][string] & { readonly accountId: string },
  { stage, services, roleSuffix, callerAccountId, callerProfile, callerLogKeyId }: CallerContext,
): CallerDeployment | undefined {
  const { service: composeName, function: functionKey, accountId, profile, logKeyId } = caller;
  if (composeName === undefined && functionKey === undefined) return undefined;
  const service = composeName === undefined ? services.caller : services.all?.get(composeName);
  if (service === undefined && composeName === undefined) {
    throw new SettingsError(
      `${FILE}: ${stage}.callers.${name}.function is "${functionKey}", and serverless-compose.yml has no service "caller" with a serverless.yml. Add the service; or name the role instead: ${stage}.callers.${name}.roleName and accountId.`,
    );
  }
  if (
    service === undefined ||
    service === services.api ||
    (service === services.caller && composeName !== undefined)
  ) {
    throw new SettingsError(
      `${FILE}: ${stage}.callers.${name}.service is "${composeName}", ${service === undefined ? 'and serverless-compose.yml has no such service with a serverless.yml' : 'which is not a further caller'}. Name a service of serverless-compose.yml whose folder is a copy of services/caller.`,
    );
  }
  const isInFirstAccount = accountId === callerAccountId;
  const { roleName, previousRoleName } = caller;
  const ownName =
    functionKey === undefined
      ? regionalName(nameOf(service, stage), roleSuffix)
      : roleName === undefined
        ? functionRoleName(service, stage, functionKey, roleSuffix)
        : regionalName(roleName, roleSuffix);
  // A name with its path is that of a role which this project does not make.
  const previous = previousRoleName?.includes('/')
    ? previousRoleName
    : previousRoleName && regionalName(previousRoleName, roleSuffix);
  return {
    folder: service.folder,
    function: functionKey,
    roleName: ownName,
    roleNames: [ownName, ...(previous ? [previous] : [])],
    profile: profileIn(stage, accountId, profile ?? (isInFirstAccount ? callerProfile : undefined)),
    logKeyId: logKeyId ?? (isInFirstAccount ? callerLogKeyId : undefined),
  };
}

/** @throws SettingsError if two entries grant the same function: it assumes one role */
export function checkFunctions(stage: string, callers: readonly FurtherCaller[]): void {
  const seen = new Map<string, string>();
  for (const { name, deployment } of callers) {
    if (deployment?.function === undefined) continue;
    const key = `${deployment.folder} ${deployment.function}`;
    const other = seen.get(key);
    if (other !== undefined) {
      throw new SettingsError(
        `${FILE}: ${stage}.callers.${other} and ${stage}.callers.${name} both have the function "${deployment.function}". A function assumes one role: remove one of the entries, and give the other all routes.`,
      );
    }
    seen.set(key, name);
  }
}

/** The ARN of a role, in the partition of the stack. */
export function roleArn(accountId: string, pathAndName: string): Sub {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:iam::${accountId}:role${pathAndName}` };
}

/** The conditions of a trust policy: the external IDs, and the organization. */
export function trustConditions(
  present: string | undefined,
  previous: string | undefined,
  organizationId: string | undefined,
): TrustConditions {
  return {
    'sts:ExternalId': [present, previous].filter((id) => id !== undefined),
    ...(organizationId && { 'aws:PrincipalOrgID': organizationId }),
  };
}
