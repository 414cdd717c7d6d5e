import { isoSeconds } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import type { AssumedRole, Principal, ServicePrincipal } from '../core/principal.ts';
import { type AwsRequest, clientIp, header } from '../core/request.ts';

/** Condition keys and their values, as AWS spells them. */
export type ConditionKeys = Record<string, string | readonly string[]>;

/**
 * The global condition keys of a request, without those of the organization, which the authorizer adds. A key that AWS leaves
 * out is left out: `aws:MultiFactorAuthPresent` for long-term keys, `aws:username` for roles, `aws:FederatedProvider` always.
 * A service that asks adds `aws:SourceArn` and `aws:SourceAccount` to its question.
 * @param region the region that the request was sent to; `us-east-1` for global services
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 * @example globalContext(principal, request)['aws:SourceIp'] // '127.0.0.1'
 */
export function globalContext(
  principal: Principal | ServicePrincipal,
  request: ConnectionFacts,
  region?: string,
): ConditionKeys {
  return { ...principalContext(principal), ...requestKeys(request, region) };
}

type ConnectionFacts = Pick<AwsRequest, 'host' | 'headers' | 'sourceIp' | 'secureTransport' | 'receivedAt'>;

/** The host under which a VPC endpoint serves a private API: `<api>-<endpoint>.execute-api.<region>.amazonaws.com`. */
const ENDPOINT_HOST = /^[a-z0-9]+-(vpce-[0-9a-f]+)\.execute-api\./i;

/** The global condition keys that follow from the request alone. */
export function requestKeys(request: ConnectionFacts, region?: string): ConditionKeys {
  const [, endpoint] = ENDPOINT_HOST.exec(request.host) ?? [];
  const address = clientIp(request);
  return defined({
    // Through an endpoint, a request has an address of the VPC, which is another key.
    ...(endpoint === undefined
      ? { 'aws:SourceIp': address }
      : { 'aws:SourceVpce': endpoint.toLowerCase(), 'aws:VpcSourceIp': address }),
    'aws:SecureTransport': String(request.secureTransport),
    'aws:CurrentTime': isoSeconds(request.receivedAt),
    'aws:EpochTime': String(Math.floor(request.receivedAt.getTime() / 1000)),
    'aws:UserAgent': header(request, 'user-agent'),
    'aws:Referer': header(request, 'referer'),
    'aws:RequestedRegion': region,
    'aws:ViaAWSService': 'false',
  });
}

/** The global condition keys that follow from the principal alone. */
export function principalContext(principal: Principal | ServicePrincipal): ConditionKeys {
  if (principal.type === 'Service') {
    return {
      'aws:PrincipalIsAWSService': 'true',
      'aws:PrincipalServiceName': principal.service,
      'aws:PrincipalServiceNamesList': [principal.service],
    };
  }
  const session: Partial<AssumedRole> = principal.type === 'AssumedRole' ? principal : {};
  const keys: ConditionKeys = defined({
    'aws:PrincipalArn': principal.principalArn,
    'aws:PrincipalAccount': principal.accountId,
    'aws:PrincipalType': principal.type === 'Root' ? 'Account' : principal.type,
    'aws:PrincipalIsAWSService': 'false',
    'aws:userid': principal.userId,
    'aws:username': principal.type === 'User' ? principal.userName : undefined,
    'aws:TokenIssueTime': session.issuedAt && isoSeconds(session.issuedAt),
    'aws:MultiFactorAuthPresent': session.issuedAt && 'false',
    'aws:SourceIdentity': session.sourceIdentity,
    // https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    'lambda:SourceFunctionArn': session.sourceFunctionArn,
  });
  for (const [key, value] of Object.entries(principal.tags)) keys[`aws:PrincipalTag/${key}`] = value;
  return keys;
}

/** `aws:ResourceTag/*`, and the same with the prefix of a service, for a resource that has these tags. */
export function resourceTagKeys(tags: Iterable<readonly [string, string]>, service: string): ConditionKeys {
  return Object.fromEntries(
    [...tags].flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`${service}:ResourceTag/${key}`, value],
    ]),
  );
}

/** `aws:RequestTag/*` and `aws:TagKeys`, for a request that has these tags. */
export function requestTagKeys(
  tags: readonly { readonly Key: string; readonly Value: string }[] = [],
): ConditionKeys {
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.map(({ Key }) => Key),
  };
}
