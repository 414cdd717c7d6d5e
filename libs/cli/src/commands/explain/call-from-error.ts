import { isRoleArn, likelyPartitionOf, parseArn, parseIamArn } from '@cross-account-api/iam';
import { type NotAuthorized, unmasked } from '@cross-account-api/iam/explanation';
import { ANONYMOUS, type Call } from '../../call/call.ts';
import { callerOf } from '../../call/call-options.ts';
import { UsageError } from '../../command-line.ts';

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
  call: Call,
  refusal: NotAuthorized,
  apiAccountId?: string,
): Call | DeniedQuestion {
  const { principal, action, resource = '*' } = refusal;
  // STS's short form names no caller, so the options have to.
  if (principal === undefined)
    return { ...call, roleArn: call.roleArn ?? (isRoleArn(resource) ? resource : undefined) };
  if (principal === ANONYMOUS && action === 'execute-api:Invoke') {
    const route = readRouteArn(resource);
    const caller = { ...call, callerArn: ANONYMOUS };
    return route === undefined ? caller : { ...caller, ...apiOf(call, route, apiAccountId, undefined) };
  }
  const own = holderOf(principal);
  if (action === 'sts:AssumeRole' && own !== undefined && isRoleArn(resource)) {
    return { ...call, ...(call.callerArn === undefined && own), roleArn: call.roleArn ?? resource };
  }
  const route = readRouteArn(resource);
  if (action === 'execute-api:Invoke' && own !== undefined && route !== undefined) {
    const isItself = call.callerArn === undefined || isSameRole(call.callerArn, own.callerArn);
    return {
      ...call,
      ...(call.callerArn === undefined && own),
      ...apiOf(call, route, apiAccountId, parseArn(own.callerArn).accountId),
      roleArn: call.roleArn ?? (isItself ? undefined : own.callerArn),
    };
  }
  return { principal, action, resource };
}

/** The API and the route of a message, unless options name them. */
function apiOf(
  call: Call,
  { apiId, region, stage, method, path, maskedAccount }: NonNullable<ReturnType<typeof readRouteArn>>,
  ofProfile: string | undefined,
  ofRole: string | undefined,
) {
  return {
    apiAccountId: completeAccount(call, maskedAccount, ofProfile, ofRole),
    api: call.api ?? {
      kind: 'default' as const,
      url: `https://${apiId}.execute-api.${region}.${likelyPartitionOf(region).dnsSuffix}/${stage}`,
      apiId,
      region,
      stage,
    },
    isFromMessage: call.api === undefined,
    routes: call.routes ?? [{ method, path }],
  };
}

/** The role of a session, or the user; `undefined` for another principal. */
function holderOf(principal: string): ReturnType<typeof callerOf> | undefined {
  const caller = callerOf(principal);
  return ['role', 'user'].includes(parseIamArn(caller.callerArn)?.kind ?? '') ? caller : undefined;
}

/** Whether a caller is the role: a function of the role's account may run as it. */
function isSameRole(callerArn: string, role: string): boolean {
  const [caller, other] = [parseArn(callerArn), parseArn(role)];
  if (caller.accountId !== other.accountId) return false;
  return caller.service === 'lambda' || caller.name === other.name;
}

function readRouteArn(arn: string) {
  const [, region, maskedAccount, apiId, stage, method, path] =
    /^arn:aws[a-z-]*:execute-api:([\w-]+):([*\d]{4,12}):(\w+)\/([^/]+)\/([A-Z*]+)(\/.*)?$/.exec(arn) ?? [];
  if (region === undefined || maskedAccount === undefined || apiId === undefined) return undefined;
  return { region, maskedAccount, apiId, stage: stage ?? '', method: method ?? '', path: path ?? '/' };
}

/** The account whose last digits are those of a masked one. */
function completeAccount(
  { apiAccountId, apiProfile }: Call,
  masked: string,
  ofProfile: string | undefined,
  ofRole: string | undefined,
): string | undefined {
  if (ofProfile !== undefined && unmasked(masked, [ofProfile]) === undefined) {
    throw new UsageError(
      `The message is about an API of account ${masked}, and --api-profile ${apiProfile} belongs to ${ofProfile}.`,
    );
  }
  return unmasked(masked, [ofProfile, apiAccountId, ofRole]);
}
