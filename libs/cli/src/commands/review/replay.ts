import { type AssumedRole, accountOf, type Decision, decide, type NamedPolicy } from '@cross-account-api/iam';
import type { HolderFacts } from '@cross-account-api/iam/explanation';
import type { Proof } from './finding.ts';

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const allowing = (statement: object): NamedPolicy => ({
  name: 'everything',
  document: { Version: '2012-10-17', Statement: [statement] },
});
/** The other side of a decision, which does not change. */
const anyIdentity = [allowing(everything)];
const anyResource = allowing({ ...everything, Principal: '*' });

/** Whether the recorded calls of a role or user are allowed with other identity policies. A service's own log is not recorded. */
export function replayIdentity(
  recorded: readonly Decision[],
  role: HolderFacts,
  policies: readonly NamedPolicy[],
): Proof {
  const own = recorded.filter(({ context }) => context['aws:PrincipalArn'] === role.arn);
  const isAllowed = (decision: Decision, identity: readonly NamedPolicy[]) => {
    const principal = principalOf(decision);
    const resourceAccountId = accountOfResource(decision);
    // In one account, the policy of the resource could allow it alone.
    const resourcePolicy = resourceAccountId === principal.accountId ? undefined : anyResource;
    return decide(
      { ...decision, principal, resourceAccountId, resourcePolicy },
      { identity, serviceControl: [], resourceControl: [] },
    ).allowed;
  };
  return proofOf(
    own.filter((decision) => isAllowed(decision, role.policies)),
    (decision) => isAllowed(decision, policies),
  );
}

/** Whether the recorded calls of an action on a resource are allowed with another policy of the resource. */
export function replayResource(
  recorded: readonly Decision[],
  isMeant: (decision: Decision) => boolean,
  present: NamedPolicy,
  [next]: readonly NamedPolicy[],
): Proof {
  const isAllowed = (decision: Decision, resourcePolicy: NamedPolicy | undefined) => {
    const question = { ...decision, principal: principalOf(decision), resourcePolicy };
    const sides = { identity: anyIdentity, serviceControl: [], resourceControl: [] };
    return decide({ ...question, resourceAccountId: accountOfResource(decision) }, sides).allowed;
  };
  return proofOf(
    recorded.filter((decision) => isMeant(decision) && isAllowed(decision, present)),
    (decision) => isAllowed(decision, next),
  );
}

function proofOf(calls: readonly Decision[], isAllowed: (decision: Decision) => boolean): Proof {
  if (calls.length === 0) return { kind: 'unproven' };
  const refused = calls.filter((call) => !isAllowed(call)).length;
  return refused === 0
    ? { kind: 'proven', calls: calls.length }
    : { kind: 'refuses', calls: calls.length, refused };
}

function accountOfResource({ resource, context }: Decision): string {
  return String(context['aws:ResourceAccount'] ?? accountOf(resource));
}

/** The session that made a recorded call. */
function principalOf({ principalArn: arn, context }: Decision): AssumedRole {
  const principalArn = String(context['aws:PrincipalArn'] ?? arn);
  const userId = String(context['aws:userid'] ?? '');
  const [roleId = '', sessionName = ''] = userId.split(':');
  return {
    type: 'AssumedRole',
    accountId: accountOf(principalArn),
    principalArn,
    arn,
    userId,
    tags: {},
    roleName: principalArn.split('/').at(-1) ?? '',
    roleId,
    sessionName,
    issuedAt: new Date(0),
    sessionPolicies: [],
    transitiveTagKeys: [],
  };
}
