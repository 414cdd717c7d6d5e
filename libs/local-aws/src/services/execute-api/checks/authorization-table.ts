import type { Decision } from '@cross-account-api/iam';

/**
 * The outcome of a Lambda authorizer and a resource policy: "Policy evaluation outcome tables" of
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html. IAM's own evaluation follows the same tables.
 * @param byAuthorizer the decision by the policy that the authorizer returned, alone
 * @param byPolicy the decision by the resource policy, alone; `undefined` for an API without one
 * @param isOwn whether the authorizer is in the account of the API: Table A; else Table B
 * @returns the one of the two that decides
 */
export function outcome(byAuthorizer: Decision, byPolicy: Decision | undefined, isOwn: boolean): Decision {
  if (byPolicy === undefined) return byAuthorizer;
  const denied = [byPolicy, byAuthorizer].find(isExplicitDeny);
  if (denied !== undefined) return denied;
  const mustBothAllow = !isOwn;
  if (mustBothAllow) return byPolicy.allowed ? byAuthorizer : byPolicy;
  return byPolicy.allowed && !byAuthorizer.allowed ? byPolicy : byAuthorizer;
}

/** Whether a `Deny` statement decides. */
export function isExplicitDeny(decision: Decision): boolean {
  return !decision.allowed && decision.denial === 'explicit';
}
