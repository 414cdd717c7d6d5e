import type { AuthorizationQuestion, Decision } from '../authorization/decision.ts';
import {
  type ApplicablePolicies,
  decide,
  type PolicyFragment,
  smallestAllow,
} from '../authorization/index.ts';
import { isObject, loadPolicy } from '../authorization/policy-language.ts';
import type { NamedPolicy } from '../core/principal.ts';

/** A question, the policies that answer it, and the answer. */
export interface Answer {
  readonly decision: Decision;
  /** What would have to change, one policy after another, for it to be allowed. Empty where it is. */
  readonly changes: readonly PolicyFragment[];
  /** Whether the changes suffice: `false` where a deny cannot be lifted by a change that is known. */
  readonly suffices: boolean;
}

/** More policies than can stand in the way of one request. */
const MOST_CHANGES = 8;

/**
 * Decides a question and, where the answer is no, works out every change that it takes: the smallest one, then the one
 * that the next decision asks for, until the request is allowed.
 * @throws {Error} where a policy or the question cannot be read
 */
export function answer(question: AuthorizationQuestion, policies: ApplicablePolicies): Answer {
  const decision = decide(question, policies);
  const changes: PolicyFragment[] = [];
  let [asked, given, next] = [question, policies, decision];
  while (!next.allowed && changes.length < MOST_CHANGES) {
    const change = changeFor(next);
    if (change === undefined) break;
    changes.push(change);
    [asked, given] = applyFragment(change, asked, given);
    next = decide(asked, given);
  }
  return { decision, changes, suffices: next.allowed };
}

/**
 * The smallest change that takes away the reason of a denial. A statement that is added is no wider than the request: it
 * keeps the external ID that the caller sends, and the resource on whose behalf a service acts.
 * @returns `undefined` for an allowed request, or where the deny is not known
 */
export function changeFor(decision: Decision): PolicyFragment | undefined {
  const smallest = smallestAllow(decision);
  const fragment = smallest && decision.principalArn === ANONYMOUS ? forEverybody(smallest) : smallest;
  if (fragment?.change !== 'add') return fragment;
  const { 'aws:SourceArn': sourceArn, 'sts:ExternalId': externalId } = decision.context;
  const condition = {
    ...(fragment.kind === 'role trust policy' && externalId !== undefined
      ? { StringEquals: { 'sts:ExternalId': externalId } }
      : {}),
    ...(isFor(fragment, 'Service') && sourceArn !== undefined
      ? { ArnLike: { 'aws:SourceArn': sourceArn } }
      : {}),
  };
  const instead = whatIsAbsent(decision);
  return {
    ...fragment,
    ...(instead === undefined ? {} : { instead }),
    ...(Object.keys(condition).length === 0
      ? {}
      : { statement: { ...fragment.statement, Condition: condition } }),
  };
}

/** Where a statement wants nothing but a condition key that the request does not have, giving it is the better change. */
function whatIsAbsent(decision: Decision): string | undefined {
  if (decision.allowed || decision.denial === 'explicit') return undefined;
  const mismatches = decision.nearest?.mismatches ?? [];
  const absent = mismatches.map(({ element, expected, actual }) => {
    const key = /^condition (?!Null|\w*Not)\S+ (.+)$/.exec(element)?.[1];
    return actual === '(absent)' && key !== undefined
      ? `${key} (the statement wants ${expected})`
      : undefined;
  });
  if (absent.length === 0 || absent.includes(undefined)) return undefined;
  return `make the request with ${absent.join(' and ')}`;
}

/** As whom execute-api asks for callers that it does not know. */
const ANONYMOUS = 'anonymous';

/** Nobody in particular has no name that a policy could let pass: everybody has. */
function forEverybody(fragment: PolicyFragment): PolicyFragment | undefined {
  if (fragment.statement.Effect === 'Deny') return undefined;
  return isFor(fragment, 'Service')
    ? { ...fragment, statement: { ...fragment.statement, Principal: '*' } }
    : fragment;
}

function isFor({ statement }: PolicyFragment, type: string): boolean {
  return isObject(statement.Principal) && type in statement.Principal;
}

/** Question and policies as they are once a fragment has been put where it belongs. */
export function applyFragment(
  fragment: PolicyFragment,
  question: AuthorizationQuestion,
  policies: ApplicablePolicies,
): [AuthorizationQuestion, ApplicablePolicies] {
  const one = (policy: NamedPolicy | undefined) => change(policy, fragment);
  switch (fragment.kind) {
    case 'identity-based policy':
      return [question, { ...policies, identity: changeAmong(policies.identity, fragment) }];
    case 'permissions boundary':
      return [question, { ...policies, boundary: one(policies.boundary) }];
    case 'service control policy':
      return [
        question,
        {
          ...policies,
          serviceControl: policies.serviceControl.map((level) => changeAmong(level, fragment)),
        },
      ];
    case 'session policy': {
      const { principal } = question;
      if (principal.type !== 'AssumedRole') return [question, policies];
      const sessionPolicies = changeAmong(principal.sessionPolicies, fragment);
      return [{ ...question, principal: { ...principal, sessionPolicies } }, policies];
    }
    case 'role trust policy':
    case 'resource-based policy':
      return [{ ...question, resourcePolicy: one(question.resourcePolicy) }, policies];
  }
}

function changeAmong(policies: readonly NamedPolicy[], fragment: PolicyFragment): NamedPolicy[] {
  const [first, ...others] = policies;
  if (fragment.change === 'add') return [change(first, fragment), ...others];
  return policies.map((policy) =>
    policy.name === fragment.replaces?.policy ? change(policy, fragment) : policy,
  );
}

function change(
  policy: NamedPolicy | undefined,
  { change, replaces, statement }: PolicyFragment,
): NamedPolicy {
  const statements = policy === undefined ? [] : loadPolicy(policy.document).statements;
  const changed =
    change === 'add'
      ? [...statements.map(({ source }) => source), statement]
      : statements.map(({ label, source }) => (label === replaces?.statement ? statement : source));
  return {
    name: policy?.name ?? 'a new policy',
    document: { Version: '2012-10-17', ...policy?.document, Statement: changed },
  };
}
