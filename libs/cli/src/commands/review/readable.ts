import { type NamedPolicy, parseArn, policyProblem } from '@cross-account-api/iam';
import type { HolderFacts } from '@cross-account-api/iam/explanation';
import type { StatementEnding } from './endings.ts';
import type { ReviewFacts } from './facts.ts';

/**
 * Sets aside the policies that are not in the policy language: nothing can be decided on them. Without a permissions boundary or a policy
 * that denies, more is allowed, so no weakness is hidden by it.
 */
export function readable(facts: ReviewFacts): {
  readonly facts: ReviewFacts;
  readonly unread: readonly StatementEnding[];
} {
  const unread: StatementEnding[] = [];
  const read = (policy: NamedPolicy, accountId: string): readonly NamedPolicy[] => {
    const reason = policyProblem(policy.document);
    if (reason === undefined) return [policy];
    unread.push({ where: policy.name, accountId, statement: policy.document, ending: 'unread', reason });
    return [];
  };
  const holder = <Facts extends HolderFacts>(given: Facts): Facts => {
    const { accountId } = parseArn(given.arn);
    const [boundary] = given.boundary === undefined ? [] : read(given.boundary, accountId);
    return { ...given, policies: given.policies.flatMap((each) => read(each, accountId)), boundary };
  };
  const { caller, invokeRole, api } = facts;
  const trusted = invokeRole && holder(invokeRole);
  const trust = trusted && read(trusted.trust, parseArn(trusted.arn).accountId)[0];
  const apiPolicy = api?.policy && read(api.policy, api.accountId)[0];
  return {
    facts: {
      ...facts,
      caller: caller && holder(caller),
      invokeRole: trusted && { ...trusted, trust: trust ?? { ...trusted.trust, document: nothing } },
      api: api && { ...api, policy: apiPolicy },
      functionPolicies: new Map(
        [...facts.functionPolicies].flatMap(([arn, policy]) =>
          read(policy, parseArn(arn).accountId).map((each) => [arn, each] as const),
        ),
      ),
    },
    unread,
  };
}

/** A policy that allows nothing. */
const nothing = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' }],
};
