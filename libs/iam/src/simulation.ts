import { decide, isRoleTrust } from './decision/authorizer.ts';
import type { AuthorizationRequest, Decision, PolicyKind } from './decision/decision.ts';
import type { ApplicablePolicies } from './decision/policy-source.ts';
import { defined } from './defined.ts';
import { parsePattern, variableKeys } from './language/pattern.ts';
import { loadPolicy } from './language/policy-language.ts';
import type { NamedPolicy, Principal } from './principal.ts';

/** A decision in the words of AWS's policy simulator. */
export type SimulatedVerdict = 'allowed' | 'explicitDeny' | 'implicitDeny';

/** A hypothetical request. Its context has the keys that the client gave and those that AWS adds. */
export interface SimulatedRequest extends AuthorizationRequest {
  readonly principal: Principal;
  /** The keys that the client gave, in lower case. */
  readonly givenKeys: ReadonlySet<string>;
}

/** The policies that a simulation assumes. */
export interface SimulatedPolicies extends Pick<ApplicablePolicies, 'identity' | 'boundary'> {
  /** `undefined`: the principal's account has no organization. */
  readonly serviceControl: ApplicablePolicies['serviceControl'] | undefined;
}

/** The policy simulator's result for one action on one resource. */
export interface Simulation {
  readonly verdict: SimulatedVerdict;
  /** The statements that decided. Empty if no statement allows, or if a service control policy denies. */
  readonly matched: readonly MatchedStatement[];
  /** Condition keys that the policies name and the client did not give; only if the request is implicitly denied. */
  readonly missingKeys: readonly string[];
  /** Absent if the account has no organization. */
  readonly allowedByOrganization?: boolean;
  /** Absent without a boundary, or if a service control policy denies. */
  readonly allowedByBoundary?: boolean;
  /** The verdict of each kind of policy alone. Present if the resource policy is that of another account. */
  readonly byKind?: Readonly<Partial<Record<PolicyKind, SimulatedVerdict>>>;
}

/** A statement of a policy. */
export interface MatchedStatement {
  readonly kind: PolicyKind;
  readonly policy: string;
  /** The statement's position in the policy, from 0. */
  readonly index: number;
}

/**
 * Decides a hypothetical request as AWS's policy simulator does: without resource control and trust policies. If a service
 * control policy denies, the simulation ends.
 * Sources: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html and, on trust policies,
 * https://github.com/aws/aws-cli/issues/10314
 */
export function simulate(request: SimulatedRequest, policies: SimulatedPolicies): Simulation {
  const { principal, resourcePolicy } = request;
  const { identity, boundary, serviceControl } = policies;
  const isTrust = isRoleTrust(request);
  /** Without a resource policy, the owner of the resource does not matter. */
  const ownResource = {
    ...request,
    resourceAccountId: principal.accountId,
    resourcePolicy: isTrust ? trusting(principal.accountId) : undefined,
  };
  const question = isTrust || resourcePolicy === undefined ? ownResource : request;
  const consider = (asked: AuthorizationRequest, parts: Partial<ApplicablePolicies>) =>
    decide(asked, {
      identity: [fullAccess],
      boundary: undefined,
      serviceControl: [],
      resourceControl: [],
      ...parts,
    });
  const alone = (parts: Partial<ApplicablePolicies>) => verdictOf(consider(ownResource, parts));

  const byOrganization = serviceControl && alone({ serviceControl });
  if (byOrganization !== undefined && byOrganization !== 'allowed') {
    return { verdict: byOrganization, matched: [], missingKeys: [], allowedByOrganization: false };
  }
  const decision = consider(question, { identity, boundary });
  const verdict = verdictOf(decision);
  const byBoundary = boundary && alone({ boundary });
  return defined({
    verdict,
    matched: verdict === 'implicitDeny' ? [] : matchedBy(decision),
    missingKeys:
      verdict === 'implicitDeny'
        ? missingKeys([...identity, boundary, resourcePolicy], request.givenKeys)
        : [],
    allowedByOrganization: byOrganization && true,
    allowedByBoundary: byBoundary && byBoundary === 'allowed',
    byKind:
      question.resourceAccountId === principal.accountId
        ? undefined
        : defined({
            'identity-based policy': alone({ identity }),
            'resource-based policy': verdictOf(consider(question, {})),
            'permissions boundary': byBoundary,
          }),
  });
}

const fullAccess: NamedPolicy = {
  name: 'full access',
  document: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
};

/** A trust policy that leaves the decision to the policies of the account. */
function trusting(accountId: string): NamedPolicy {
  const Statement = { Effect: 'Allow', Principal: { AWS: accountId }, Action: '*' };
  return { name: 'assumed trust', document: { Version: '2012-10-17', Statement } };
}

function verdictOf(decision: Decision): SimulatedVerdict {
  if (decision.allowed) return 'allowed';
  return decision.denial === 'explicit' ? 'explicitDeny' : 'implicitDeny';
}

/** The matching statements. For a boundary, the simulator names the statements that deny. */
function matchedBy({ allowed, consulted }: Decision): MatchedStatement[] {
  const effect = allowed ? 'Allow' : 'Deny';
  const kinds: readonly PolicyKind[] = [
    'identity-based policy',
    'resource-based policy',
    ...(allowed ? [] : (['permissions boundary'] as const)),
  ];
  return consulted
    .filter(({ kind }) => kinds.includes(kind))
    .flatMap(({ kind, policy, statements }) =>
      statements.flatMap((statement, index) =>
        statement.matches && statement.effect === effect ? [{ kind, policy, index }] : [],
      ),
    );
}

function missingKeys(policies: readonly (NamedPolicy | undefined)[], given: ReadonlySet<string>): string[] {
  const missing = new Map<string, string>();
  for (const key of policies.flatMap((policy) => (policy === undefined ? [] : keysOf(policy)))) {
    const name = key.toLowerCase();
    if (!given.has(name) && !missing.has(name)) missing.set(name, key);
  }
  return [...missing.values()];
}

/** The condition keys that a policy names, in conditions and in variables. */
function keysOf({ document }: NamedPolicy): string[] {
  const { version, statements } = loadPolicy(document);
  const syntax = { wildcards: true, variables: version === '2012-10-17' };
  return statements.flatMap(({ conditions, resource }) => [
    ...conditions.map(({ key }) => key),
    ...[
      ...conditions.flatMap(({ values }) => values),
      ...(resource?.values ?? []).map(({ source }) => source),
    ]
      .map((text) => parsePattern(text, syntax))
      .flatMap(variableKeys),
  ]);
}
