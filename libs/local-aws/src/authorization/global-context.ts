import { defined } from '../core/defined.ts';
import type { AssumedRole, Principal, ServicePrincipal } from '../core/principal.ts';
import { type AwsRequest, clientIp, header } from '../core/request.ts';

/** What else is known of a request, where it is. */
export interface FurtherFacts {
  /** The region that was asked: `us-east-1` for global services. */
  readonly region?: string;
  /** The organization of the principal's account. */
  readonly organizationId?: string;
}

/** Condition keys and their values, as AWS spells them. */
export type ConditionKeys = Record<string, string | readonly string[]>;

/**
 * The global condition keys of a request. A key that AWS leaves out in a case is left out: `aws:MultiFactorAuthPresent` for
 * long-term keys, `aws:username` for roles, `aws:FederatedProvider` always (nobody federates here). `aws:SourceArn` and
 * `aws:SourceAccount` are facts of the call that a service makes, and come with its question.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 * @example globalContext(principal, request)['aws:SourceIp'] // '127.0.0.1'
 */
export function globalContext(
  principal: Principal | ServicePrincipal,
  request: ConnectionFacts,
  facts: FurtherFacts = {},
): ConditionKeys {
  return { ...principalContext(principal, facts), ...requestKeys(request, facts.region) };
}

type ConnectionFacts = Pick<AwsRequest, 'headers' | 'sourceIp' | 'secureTransport' | 'receivedAt'>;

/** The global condition keys that follow from the request alone. */
export function requestKeys(request: ConnectionFacts, region?: string): ConditionKeys {
  return defined({
    'aws:SourceIp': clientIp(request),
    'aws:SecureTransport': String(request.secureTransport),
    'aws:CurrentTime': isoSeconds(request.receivedAt),
    'aws:EpochTime': String(Math.floor(request.receivedAt.getTime() / 1000)),
    'aws:UserAgent': header(request, 'user-agent'),
    'aws:Referer': header(request, 'referer'),
    'aws:RequestedRegion': region,
    'aws:ViaAWSService': 'false',
  });
}

/** The global condition keys that follow from who asks alone. */
export function principalContext(
  principal: Principal | ServicePrincipal,
  facts: Pick<FurtherFacts, 'organizationId'> = {},
): ConditionKeys {
  if (principal.type === 'Service') {
    return {
      'aws:PrincipalIsAWSService': 'true',
      'aws:PrincipalServiceName': principal.service,
      'aws:PrincipalServiceNamesList': [principal.service],
    };
  }
  const issuedAt = principal.type === 'AssumedRole' ? principal.issuedAt : principal.session?.issuedAt;
  const keys: ConditionKeys = {
    'aws:PrincipalArn': principal.principalArn,
    'aws:PrincipalAccount': principal.accountId,
    'aws:PrincipalType': principal.type === 'Root' ? 'Account' : principal.type,
    'aws:PrincipalIsAWSService': 'false',
    'aws:userid': principal.userId,
    ...(principal.type === 'User' ? { 'aws:username': principal.userName } : {}),
    ...(facts.organizationId === undefined ? {} : { 'aws:PrincipalOrgID': facts.organizationId }),
    ...(issuedAt === undefined
      ? {}
      : { 'aws:TokenIssueTime': isoSeconds(issuedAt), 'aws:MultiFactorAuthPresent': 'false' }),
    ...(principal.type === 'AssumedRole' ? sessionContext(principal) : {}),
  };
  for (const [key, value] of Object.entries(principal.tags)) keys[`aws:PrincipalTag/${key}`] = value;
  return keys;
}

/** What follows from how a role was assumed. https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html */
function sessionContext({ sourceIdentity, sourceFunctionArn }: AssumedRole): ConditionKeys {
  return {
    ...(sourceIdentity === undefined ? {} : { 'aws:SourceIdentity': sourceIdentity }),
    ...(sourceFunctionArn === undefined ? {} : { 'lambda:SourceFunctionArn': sourceFunctionArn }),
  };
}

function isoSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
