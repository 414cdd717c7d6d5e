import { defined } from '../defined.ts';
import type { AssumedRole, Principal, ServicePrincipal } from '../principal.ts';
import { isoSeconds } from '../time.ts';

/** Condition keys and their values, as AWS spells them. */
export type ConditionKeys = Record<string, string | readonly string[]>;

/**
 * The global condition keys that follow from the principal alone. Keys that AWS leaves out are absent:
 * `aws:MultiFactorAuthPresent` for long-term keys, `aws:username` for roles, `aws:FederatedProvider` always.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function principalContext(principal: Principal | ServicePrincipal): ConditionKeys {
  if (principal.type === 'Service') {
    return {
      'aws:PrincipalIsAWSService': 'true',
      'aws:PrincipalServiceName': principal.service,
      'aws:PrincipalServiceNamesList': [principal.service],
    };
  }
  const session: Partial<AssumedRole> = principal.type === 'AssumedRole' ? principal : {};
  const issuedAt = principal.type === 'Root' ? undefined : principal.issuedAt;
  const keys: ConditionKeys = defined({
    'aws:PrincipalArn': principal.principalArn,
    'aws:PrincipalAccount': principal.accountId,
    'aws:PrincipalType': principal.type === 'Root' ? 'Account' : principal.type,
    'aws:PrincipalIsAWSService': 'false',
    'aws:userid': principal.userId,
    'aws:username': principal.type === 'User' ? principal.userName : undefined,
    'aws:TokenIssueTime': issuedAt && isoSeconds(issuedAt),
    'aws:MultiFactorAuthPresent': issuedAt && 'false',
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
