import {
  type ApplicablePolicies,
  type AssumedRole,
  type AuthorizationRequest,
  decide,
  isArn,
  type NamedPolicy,
  parseArn,
  wildcardMatcher,
} from '@cross-account-api/iam';
import type { HolderFacts } from '@cross-account-api/iam/explanation';
import type { ReviewFacts } from './facts.ts';
import {
  allowStatementsOf,
  conditionKeysOf,
  type PlacedStatement,
  type StatementJson,
  statementsIn,
  valuesOf,
} from './statements.ts';

/* What policies can allow. A condition on a key that only a request has could hold: so it does not narrow an Allow, and nobody can rely
on its Deny. */

/** An action on a resource. */
export interface Need {
  readonly action: string;
  readonly resource: string;
}

/** Keys that follow from a role and a resource alone. A resource of which nothing is known has no tags. */
const OF_BOTH_SIDES = /^(aws:(principalarn|principalaccount|resourceaccount)|[a-z0-9-]+:resourcetag\/.+)$/;

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const everybody: NamedPolicy = {
  name: 'everybody',
  document: { Version: '2012-10-17', Statement: [{ ...everything, Principal: '*' }] },
};
const anyIdentity: NamedPolicy = {
  name: 'everything',
  document: { Version: '2012-10-17', Statement: [everything] },
};

/**
 * The part of what is needed that a statement of an identity policy allows, whatever its conditions are. A statement can name a part of a
 * route that takes any method or path.
 */
export function neededOf(statement: StatementJson, needs: readonly Need[]): readonly Need[] {
  const needed = needs.flatMap((need) => {
    if (covers(statement, need)) return [need];
    const parts = valuesOf(statement.Resource).filter(wildcardMatcher(need.resource));
    return parts.map((resource) => ({ ...need, resource })).filter((part) => covers(statement, part));
  });
  return [...new Map(needed.map((need) => [`${need.action} ${need.resource}`, need])).values()];
}

/** Whether a statement of an identity policy allows this, whatever its conditions are. */
function covers({ Condition: _, ...statement }: StatementJson, { action, resource }: Need): boolean {
  const identity = [{ ...anyIdentity, document: { ...anyIdentity.document, Statement: [statement] } }];
  return isAllowedByIdentity(
    { action, resource, resourceAccountId: '999999999999', context: {} },
    { identity },
  );
}

/**
 * What a role or user may do by one of its statements: no Deny, no permissions boundary and no service control policy keeps it from it.
 * @param serviceControl the service control policies of its account, level by level
 */
export function reachOf(
  holder: HolderFacts,
  placed: PlacedStatement,
  serviceControl: readonly (readonly NamedPolicy[])[] = [],
): (need: Need) => boolean {
  const isKnown = (key: string) => OF_BOTH_SIDES.test(key);
  const { accountId } = parseArn(holder.arn);
  const identity = holder.policies.flatMap((policy) =>
    reduced(policy, isKnown, (each) => each.Effect === 'Deny' || each === placed.statement),
  );
  const boundary = holder.boundary && reduced(holder.boundary, isKnown);
  if (boundary?.length === 0) return () => false;
  const levels = serviceControl.map((level) => level.flatMap((policy) => reduced(policy, isKnown)));
  const context = { 'aws:PrincipalArn': holder.arn, 'aws:PrincipalAccount': accountId };
  return ({ action, resource }) => {
    const resourceAccountId = parseArn(resource).accountId;
    return isAllowedByIdentity(
      { action, resource, resourceAccountId, context },
      { identity, boundary: boundary?.[0], serviceControl: levels },
    );
  };
}

/** Whether a role or user may do this by one of its statements: see {@link reachOf}. */
export function mayDo(holder: HolderFacts, placed: PlacedStatement, need: Need): boolean {
  return reachOf(holder, placed)(need);
}

function isAllowedByIdentity(
  question: Omit<AuthorizationRequest, 'principal' | 'resourcePolicy'>,
  policies: ApplicablePolicies,
): boolean {
  // As a role of another account: there, the policy of the resource is not enough.
  const principal = anotherRole('000000000000');
  return decide({ ...question, principal, resourcePolicy: everybody }, { ...policies, resourceControl: [] })
    .allowed;
}

/** A session of a role of which only the account is known. */
function anotherRole(accountId: string, partition = 'aws'): AssumedRole {
  return {
    type: 'AssumedRole',
    accountId,
    principalArn: `arn:${partition}:iam::${accountId}:role/another`,
    arn: `arn:${partition}:sts::${accountId}:assumed-role/another/session`,
    userId: 'AROAANOTHER:session',
    tags: {},
    roleName: 'another',
    roleId: 'AROAANOTHER',
    sessionName: 'session',
    issuedAt: new Date(0),
    sessionPolicies: [],
    transitiveTagKeys: [],
  };
}

/** The policy with the conditions that are decided. @returns none if no statement is left */
function reduced(
  policy: NamedPolicy,
  isKnown: (key: string) => boolean,
  isMeant: (statement: StatementJson) => boolean = () => true,
): readonly NamedPolicy[] {
  const Statement = statementsIn(policy)
    .filter(isMeant)
    .flatMap((each): readonly StatementJson[] => {
      if (conditionKeysOf(each).every(isKnown)) return [each];
      return each.Effect === 'Deny' ? [] : [withConditions(each, isKnown)];
    });
  return Statement.length === 0 ? [] : [{ ...policy, document: { ...policy.document, Statement } }];
}

function withConditions(
  { Condition, ...rest }: StatementJson,
  isKept: (key: string) => boolean,
): StatementJson {
  const kept = Object.entries(Condition ?? {}).flatMap(([operator, keys]: [string, object]) => {
    const entries = Object.entries(keys).filter(([key]) => isKept(key.toLowerCase()));
    return entries.length === 0 ? [] : [[operator, Object.fromEntries(entries)] as const];
  });
  return kept.length === 0 ? rest : { ...rest, Condition: Object.fromEntries(kept) };
}

/** Names of what is not meant. Two, without a common character: a pattern that denies one of them seldom denies both. */
export const otherNames = ['another', 'q8q8q8q8q8'] as const;

/** Texts that a pattern matches, one with each of the other names. */
export function filled(pattern: string): readonly string[] {
  const texts = otherNames.map((name) => pattern.replaceAll('?', name[0] ?? '').replace(/\*+/g, name));
  return [...new Set(texts)];
}

/** More samples of a statement are not tried. */
const MOST_SAMPLES = 2000;

/**
 * Samples of what a role may do by a statement. None if a Deny or the permissions boundary leaves nothing of it. A wildcard has two values, and
 * those that the limits leave.
 */
export function samplesOf(facts: ReviewFacts, role: HolderFacts, placed: PlacedStatement): readonly Need[] {
  const may = reachOf(role, placed, serviceControlOf(facts, role));
  return requestsOf([placed.statement, ...leftBy(facts, role)]).filter(may);
}

/** What the limits of a role or user leave, as statements: what its boundary allows, and what a Deny of all but some does not deny. */
export function leftBy(facts: ReviewFacts, holder: HolderFacts): readonly StatementJson[] {
  const boundary = holder.boundary === undefined ? [] : [holder.boundary];
  const levels = serviceControlOf(facts, holder);
  const denies = [...holder.policies, ...boundary, ...levels.flat()]
    .flatMap(statementsIn)
    .filter(
      ({ Effect, NotAction, NotResource }) => Effect === 'Deny' && (NotAction ?? NotResource) !== undefined,
    )
    .map(({ NotAction, NotResource }) => ({ Action: NotAction, Resource: NotResource }));
  const allows = [...boundary, ...levels.flat()].flatMap(allowStatementsOf).map(({ statement }) => statement);
  return [...allows, ...denies];
}

/** Requests that are made of the actions and resources of statements. */
export function requestsOf(statements: readonly StatementJson[]): readonly Need[] {
  const named = (element: 'Action' | 'Resource') =>
    statements
      .flatMap((each) => valuesOf(each[element]))
      .filter((each) => each.includes(':'))
      .flatMap(filled);
  const actions = named('Action').filter((each) => /^[a-z0-9-]+:[a-z0-9]+$/i.test(each));
  const resources = ['arn:aws:another:::another', ...named('Resource')].filter(isArn);
  return ['another:Another', ...actions]
    .flatMap((action) =>
      resources.map((resource) => ({
        action: action.replace(/^[^:]+/, (text) => text.toLowerCase()),
        resource,
      })),
    )
    .slice(0, MOST_SAMPLES);
}

/** The service control policies that a role or user obeys, level by level. */
export function serviceControlOf({ limits }: ReviewFacts, { arn }: HolderFacts) {
  return limits?.serviceControl.get(parseArn(arn).accountId) ?? [];
}
