import { likelyPartitionOf, type NotAuthorized, parseArn, unmasked } from '@cross-account-api/iam';
import { UsageError } from '../command-line.ts';
import type { AskedCall } from './call-options.ts';

/** A denied action that is neither a call of an API nor AssumeRole. */
export interface DeniedQuestion {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}

/**
 * Completes a call with the values in AWS's message: caller, role, API, stage and route. Options win.
 * @param refusal the message
 * @param apiAccountId the account of the API's profile, if there is one: API Gateway masks the account in its messages
 * @returns the call, which can lack values; or a question, if the message is about something else
 * @throws UsageError if the message is about another API account than the profile
 */
export function callFromError(
  call: AskedCall,
  refusal: NotAuthorized,
  apiAccountId?: string,
): AskedCall | DeniedQuestion {
  const { principal, action, resource = '*' } = refusal;
  // STS's short form names no caller, so the options have to.
  if (principal === undefined)
    return { ...call, roleArn: call.roleArn ?? (isRole(resource) ? resource : undefined) };
  const role = roleOf(principal);
  if (action === 'sts:AssumeRole' && role !== undefined && isRole(resource)) {
    return { ...call, callerArn: call.callerArn ?? role, roleArn: call.roleArn ?? resource };
  }
  const route = readRouteArn(resource);
  if (action === 'execute-api:Invoke' && role !== undefined && route !== undefined) {
    const named = completeAccount(call, route.maskedAccount, apiAccountId, parseArn(role).accountId);
    const { apiId, region, stage, method, path } = route;
    const isItself = call.callerArn === undefined || isSameRole(call.callerArn, role);
    return {
      ...call,
      apiAccountId: named,
      api: call.api ?? {
        kind: 'default',
        url: `https://${apiId}.execute-api.${region}.${likelyPartitionOf(region).dnsSuffix}/${stage}`,
        apiId,
        region,
        stage,
      },
      isFromMessage: call.api === undefined,
      routes: call.routes ?? [{ method, path }],
      callerArn: call.callerArn ?? role,
      roleArn: call.roleArn ?? (isItself ? undefined : role),
    };
  }
  return { principal, action, resource };
}

/** @returns the ARN of a session's role. A session's ARN does not have the path of the role. */
function roleOf(principal: string): string | undefined {
  const [, partition, accountId, name] =
    /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(principal) ?? [];
  return name === undefined ? undefined : `arn:${partition}:iam::${accountId}:role/${name}`;
}

function isRole(arn: string): boolean {
  return /^arn:[\w-]+:iam::\d{12}:role\//.test(arn);
}

/** Whether a caller is the role: a function of the role's account may run as it. */
function isSameRole(callerArn: string, role: string): boolean {
  const [caller, other] = [parseArn(callerArn), parseArn(role)];
  if (caller.accountId !== other.accountId) return false;
  return caller.service === 'lambda' || caller.name === other.name;
}

function readRouteArn(arn: string) {
  const [, region, maskedAccount, apiId, stage, method, path] =
    /^arn:[\w-]+:execute-api:([\w-]+):([*\d]{12}):(\w+)\/([^/]+)\/([A-Z*]+)(\/.*)?$/.exec(arn) ?? [];
  if (region === undefined || maskedAccount === undefined || apiId === undefined) return undefined;
  return { region, maskedAccount, apiId, stage: stage ?? '', method: method ?? '', path: path ?? '/' };
}

/** The account whose last digits are those of a masked one. */
function completeAccount(
  { apiAccountId, apiProfile }: AskedCall,
  masked: string,
  ofProfile: string | undefined,
  ofRole: string,
): string | undefined {
  if (ofProfile !== undefined && unmasked(masked, [ofProfile]) === undefined) {
    throw new UsageError(
      `The message is about an API of account ${masked}, and --api-profile ${apiProfile} belongs to ${ofProfile}.`,
    );
  }
  return unmasked(masked, [ofProfile, apiAccountId, ofRole]);
}
