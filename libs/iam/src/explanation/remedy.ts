import { accountOf, parseArn, parseIamArn } from '../arn.ts';
import { decide } from '../decision/authorizer.ts';
import type {
  AuthorizationRequest,
  Basis,
  Decision,
  ImplicitlyDenied,
  Mismatch,
  PolicyKind,
} from '../decision/decision.ts';
import type { ApplicablePolicies } from '../decision/policy-source.ts';
import { isObject } from '../json.ts';
import type { NamedPolicy, PolicyDocument } from '../principal.ts';
import { withoutDeletedPrincipals } from './deleted-principals.ts';
import { isForeignPassRole, verdictOf } from './explanation.ts';
import { ANONYMOUS, isMissingResourcePolicy, isViaUrl, whyNoChange } from './no-change.ts';
import { isRestriction, relatedStatements } from './related-statements.ts';
import { isChosenByClient, nameOfKey, whyNotTaken } from './request-values.ts';
import { quotaAbove, whyNotStored } from './stored-policy.ts';
import { withoutObstacle } from './without-obstacle.ts';

/** A change that lets a denied request through. */
export type Remedy =
  | {
      readonly change: 'add statement';
      readonly kind: PolicyKind;
      /** The place for the statement, for a person, e.g. `the trust policy of arn:…`. */
      readonly where: string;
      readonly statement: Statement;
      /** The whole policy with the statement. Absent if the statement is stored alone: in a policy of a role, user or function. */
      readonly document?: PolicyDocument;
      /**
       * The IDs of roles and users that were deleted and that the policy still names. IAM refuses the document with them, so they are
       * removed in the same step.
       */
      readonly deletedPrincipals?: readonly string[];
      /** The quota that the account must have raised to store the policy with the statement. */
      readonly quota?: string;
    }
  /** The request is at fault: its caller must send another value for a condition key. */
  | { readonly change: 'request'; readonly key: string; readonly value: string };

type Statement = Readonly<Record<string, unknown>>;
type Condition = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type AddStatement = Extract<Remedy, { change: 'add statement' }>;
type Denied = Exclude<Decision, { allowed: true }>;
type Situation = readonly [request: AuthorizationRequest, policies: ApplicablePolicies];

/** A request needs at most one change for each kind of policy, and one for itself. */
const MOST_REMEDIES = 6;

/** Each kind of policy can deny, and then lack an allow. */
const MOST_STEPS = 16;

/** The smallest change that lets a denied request through, or the reason why none is proposed. */
export interface SmallestChange {
  /** The changes that together let the request through. Empty if it is allowed, or if no change is proposed. */
  readonly remedies: readonly Remedy[];
  /** The reason why no change is proposed. Absent if the request is allowed, or if there are remedies. */
  readonly reason?: string;
}

/** A part of a denial for which no change is proposed. */
export interface Obstacle {
  /** The kinds of policies that deny, or that lack an allow. */
  readonly kinds: readonly PolicyKind[];
  /** In a few words. @example 'a policy denies it' */
  readonly verdict: string;
  /** The reason why no change is proposed, with what to do instead. */
  readonly reason: string;
}

/** Everything that stands in the way of a denied request. */
export interface NeededChanges {
  /** In the order in which AWS would meet them. Empty if the remedies are enough. */
  readonly obstacles: readonly Obstacle[];
  /** The changes that let the request through, once the obstacles are gone. */
  readonly remedies: readonly Remedy[];
}

/**
 * Finds the changes that together let a denied request through, each proven on a copy of the policies. They change no statement.
 * An added statement allows only this request, under every condition of the statements about it.
 * @example smallestChange(decide(request, policies)).remedies // [{ change: 'add statement', … }]
 */
export function smallestChange(decision: Decision & Basis): SmallestChange {
  if (decision.allowed) return { remedies: [] };
  const { remedies, obstacles } = neededChanges(decision);
  const [first] = obstacles;
  return first === undefined ? { remedies } : { remedies: [], reason: first.reason };
}

/**
 * Finds everything that a denied request needs: the changes of {@link smallestChange}, and behind each obstacle for which no change is
 * proposed what is needed in addition. So whoever removes the obstacle does not meet the next denial.
 */
export function neededChanges(decision: Decision & Basis): NeededChanges {
  const remedies: Remedy[] = [];
  const obstacles: Obstacle[] = [];
  // As it will be with the remedies. No document takes anything from the supposed one.
  let real: Situation = [decision.request, decision.policies];
  let supposed: Situation = real;
  let next: Decision & Basis = decision;
  while (!next.allowed && remedies.length + obstacles.length < MOST_STEPS) {
    const remedy = propose(next, real);
    // What was made already, and did not help, is no change.
    const isKnown = remedy !== undefined && !('problem' in remedy) && !remedies.some(isSameAs(remedy));
    if (isKnown) remedies.push(remedy);
    else obstacles.push(obstacleOf(next, remedy && 'problem' in remedy ? remedy.problem : undefined));
    const after: Situation | undefined = isKnown ? apply(remedy, supposed) : withoutObstacle(next, supposed);
    if (after === undefined) break;
    if (isKnown) real = apply(remedy, real);
    supposed = after;
    next = decide(...supposed);
  }
  // The search was cut. The changes that were found are not enough, and it is not known what else is.
  if (!next.allowed && obstacles.length === 0) obstacles.push(obstacleOf(next, undefined));
  return { remedies, obstacles };
}

function isSameAs(remedy: Remedy): (other: Remedy) => boolean {
  const idOf = (each: Remedy) =>
    each.change === 'request' ? each.key : JSON.stringify([each.kind, each.where, each.statement]);
  return (other) => idOf(other) === idOf(remedy);
}

function obstacleOf(decision: Denied & Basis, problem: string | undefined): Obstacle {
  return {
    kinds:
      decision.denial === 'explicit'
        ? [...new Set(decision.decidedBy.map(({ kind }) => kind))]
        : [decision.missing],
    verdict: verdictOf(decision),
    reason: problem ?? whyNoChange(decision),
  };
}

/**
 * The condition keys, with values that the client chooses, with which a denied request is allowed by the same policies.
 * Returns `undefined` if it is allowed already, or if something else is missing.
 */
export function smallestRequest(decision: Decision & Basis): Readonly<Record<string, string>> | undefined {
  const needs: Record<string, string> = {};
  let situation: Situation = [decision.request, decision.policies];
  let next: Decision = decision;
  while (!next.allowed) {
    const remedy = Object.keys(needs).length < MOST_REMEDIES ? propose(next, situation) : undefined;
    if (remedy === undefined || 'problem' in remedy || remedy.change !== 'request') return undefined;
    if (needs[remedy.key] !== undefined) return undefined;
    needs[remedy.key] = remedy.value;
    situation = apply(remedy, situation);
    next = decide(...situation);
  }
  return Object.keys(needs).length === 0 ? undefined : needs;
}

/** Whether changes let a denied request through. Decides on a copy of the policies. */
export function prove(decision: Decision & Basis, remedies: readonly Remedy[]): boolean {
  return !decision.allowed && decideAfter(decision, remedies).allowed;
}

/** Decides a request once more, on a copy of the policies with changes. */
export function decideAfter(
  { request, policies }: Basis,
  changes: readonly Remedy[],
): ReturnType<typeof decide> {
  return decide(
    ...changes.reduce<Situation>((situation, each) => apply(each, situation), [request, policies]),
  );
}

/** The next change; or the problem with the only one that there is. */
function propose(decision: Denied, situation: Situation): Remedy | { readonly problem: string } | undefined {
  const [{ takesNoPolicy }] = situation;
  if (takesNoPolicy === true && isMissingResourcePolicy(decision)) return undefined;
  if (isForeignPassRole(decision)) return undefined;
  // A Deny is intended. It is unknown whether it should hold for this principal.
  if (decision.denial === 'explicit') return undefined;
  const related = relatedStatements(decision);
  const obstacles = related.flatMap(({ mismatches }) => mismatches.filter(isRestriction));
  const asService = decision.missing === 'resource-based policy' && serviceOf(decision) !== undefined;
  if (!obstacles.every((obstacle) => asService && isAboutSource(obstacle))) return proposeRequest(decision);

  const { action: Action, resource: Resource, missing: kind } = decision;
  const where = placeOf(decision);
  const namesPrincipal = /^(role trust|resource-based|VPC endpoint) policy$/.test(kind);
  const only: ReturnType<typeof principalOnly> = namesPrincipal
    ? principalOnly(decision, related)
    : { Condition: {} };
  // Who may call a function's URL need not be able to invoke the function with any event.
  const viaUrl = isViaUrl(decision.context) ? [{ Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }] : [];
  const Condition = conjunction(
    [...related.map(({ source }) => conditionOf(source, asService)), ...viaUrl, sentOnly(decision)],
    only?.Condition,
  );
  if (where === undefined || only === undefined || Condition === undefined) return undefined;
  const statement = {
    Effect: 'Allow',
    ...(only.Principal && { Principal: only.Principal }),
    Action,
    ...(kind === 'role trust policy' ? {} : { Resource }),
    ...(Object.keys(Condition).length === 0 ? {} : { Condition }),
  };
  const remedy = { change: 'add statement', kind, where, statement } as const;
  const { policy, deletedPrincipals } = changedPolicy(remedy, situation);
  const problem = whyNotStored(remedy, policy?.document, situation[1].identity);
  if (problem !== undefined) return { problem };
  const quota = policy && quotaAbove(remedy, policy.document);
  return {
    ...remedy,
    // AddPermission adds a statement to the policy of a function. Nothing replaces the whole policy.
    ...(policy !== undefined && !Action.startsWith('lambda:') && { document: policy.document }),
    ...(deletedPrincipals.length > 0 && { deletedPrincipals }),
    ...(quota !== undefined && { quota }),
  };
}

/** Whether a mismatch is about the resource on whose behalf a service acts: each such resource needs its own permission. */
function isAboutSource({ element }: Mismatch): boolean {
  return /^condition \S+ aws:Source(Arn|Account)$/i.test(element);
}

function conditionOf(source: Statement, withoutSource: boolean): Condition {
  const condition = isObject(source.Condition) ? source.Condition : {};
  const entries = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(isObject(keys) ? keys : {})
      .filter(([key]) => !withoutSource || !/^aws:Source(Arn|Account)$/i.test(key))
      .map(([key, values]) => [operator, { [key]: values }] as const),
  );
  return conjunction(entries.map(([operator, keys]) => ({ [operator]: keys }))) ?? {};
}

/** Who may send a tag or a source identity need not be able to send another one: other policies decide by it. */
function sentOnly({ action, context }: ImplicitlyDenied): Condition {
  const isSent = {
    'sts:TagSession': (key: string) => key.startsWith('aws:RequestTag/'),
    'sts:SetSourceIdentity': (key: string) => key === 'sts:SourceIdentity',
  }[action];
  const sent = Object.entries(context).filter(([key]) => isSent?.(nameOfKey(key)) === true);
  if (sent.length === 0) return {};
  const tags = sent.map(([key]) => key.split('/').slice(1).join('/'));
  return {
    StringEquals: Object.fromEntries(sent.map(([key, value]) => [nameOfKey(key), value])),
    ...(action === 'sts:TagSession' && { 'ForAllValues:StringEquals': { 'aws:TagKeys': tags } }),
  };
}

/** Combines conditions. Returns `undefined` if one statement cannot hold them all. */
function conjunction(conditions: readonly Condition[], narrower: Condition = {}): Condition | undefined {
  const all: Record<string, Record<string, unknown>> = {};
  for (const [operator, keys] of conditions.flatMap((condition) => Object.entries(condition))) {
    for (const [key, values] of Object.entries(keys)) {
      const existing = all[operator]?.[key];
      if (existing !== undefined && JSON.stringify(existing) !== JSON.stringify(values)) return undefined;
      all[operator] = { ...all[operator], [key]: values };
    }
  }
  for (const [operator, keys] of Object.entries(narrower)) all[operator] = { ...all[operator], ...keys };
  return all;
}

/** `Principal` and `Condition` of a statement for this principal only. Returns `undefined` if there is no such statement. */
function principalOnly(
  decision: ImplicitlyDenied,
  related: ReturnType<typeof relatedStatements>,
): { readonly Principal?: Statement | '*'; readonly Condition: Condition } | undefined {
  const { context, missing, principalArn } = decision;
  const isTrust = missing === 'role trust policy';
  // https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html: an account as the principal means its root user.
  if (missing === 'VPC endpoint policy') {
    if (serviceOf(decision) === ANONYMOUS) return undefined;
    return { Principal: '*', Condition: { ArnEquals: { 'aws:PrincipalArn': holderOf(decision) } } };
  }
  const service = serviceOf(decision);
  const { 'aws:SourceArn': sourceArn, 'sts:ExternalId': externalId } = context;
  if (service !== undefined) {
    const source = typeof sourceArn === 'string' ? { ArnLike: { 'aws:SourceArn': sourceArn } } : undefined;
    // Without a source, the statement would allow the service to act for any of its customers.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    const isOwn = accountOf(String(sourceArn)) === context['aws:ResourceAccount'];
    if (service === ANONYMOUS || !(isTrust || (source !== undefined && isOwn))) return undefined;
    return { Principal: { Service: service }, Condition: source ?? {} };
  }
  // AddPermission, the only way to change a function's policy, has no condition on the principal's role.
  if (decision.action.startsWith('lambda:')) return undefined;
  const { partition, accountId } = parseArn(principalArn);
  // A key of this action alone, without which no other action of AssumeRole is of use:
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
  const isAssumed = isTrust && decision.action === 'sts:AssumeRole';
  const sent =
    isAssumed && externalId !== undefined ? { StringEquals: { 'sts:ExternalId': externalId } } : {};
  // Who admits single sessions of a role does not mean the others. The principal is one more session, and not the role.
  if (admitsSessions(related, principalArn)) return { Principal: { AWS: principalArn }, Condition: sent };
  return {
    // A role as the principal would have to exist first, and would no longer match after it is created again.
    Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
    Condition: { ArnEquals: { 'aws:PrincipalArn': holderOf(decision) }, ...sent },
  };
}

/** Whether statements name other sessions of the principal's role. */
function admitsSessions(related: ReturnType<typeof relatedStatements>, principalArn: string): boolean {
  if (parseIamArn(principalArn)?.kind !== 'assumed-role') return false;
  const sessions = principalArn.slice(0, principalArn.lastIndexOf('/') + 1);
  const named = related.flatMap(({ mismatches }) =>
    mismatches.filter(({ element }) => element === 'Principal'),
  );
  return named.some(({ expected }) => expected.split(', ').some((each) => each.startsWith(sessions)));
}

/** The place for a statement. Returns `undefined` if the account's owner cannot add one. */
function placeOf(decision: ImplicitlyDenied): string | undefined {
  const { missing, resource, consulted } = decision;
  const existing = consulted.find(({ kind }) => kind === missing)?.policy;
  switch (missing) {
    case 'identity-based policy':
      return `a policy of ${holderOf(decision)}`;
    case 'role trust policy':
      // Every role has a trust policy: without one, the role does not exist.
      return existing && `the trust policy of ${resource}`;
    case 'VPC endpoint policy':
      return existing;
    case 'resource-based policy':
      return existing ?? `the resource-based policy of ${resource}`;
    case 'session policy':
      return `the session policy that is given to AssumeRole for ${decision.principalArn}`;
    case 'permissions boundary':
      return existing?.includes(':aws:policy/') ? undefined : `the permissions boundary ${existing}`;
    case 'service control policy':
    case 'resource control policy':
      return undefined;
  }
}

function proposeRequest({ nearest }: ImplicitlyDenied): Remedy | undefined {
  const conditions = (nearest?.mismatches ?? []).map(({ element, expected }) => {
    const [, key] = /^condition String(?:Equals|EqualsIgnoreCase|Like) (.+)$/.exec(element) ?? [];
    if (key === undefined || !isChosenByClient(key)) return undefined;
    // No value that STS takes has a wildcard.
    const value = expected.split(', ').find((each) => whyNotTaken(key, each) === undefined);
    return value === undefined ? undefined : ({ change: 'request', key: nameOfKey(key), value } as const);
  });
  return conditions.includes(undefined) ? undefined : conditions[0];
}

function serviceOf({ principalArn }: Decision): string | undefined {
  return principalArn.startsWith('arn:') ? undefined : principalArn;
}

/** The ARN of a session's role, or of the user itself. */
function holderOf({ context, principalArn }: Decision): string {
  const named = context['aws:PrincipalArn'];
  return typeof named === 'string' ? named : principalArn;
}

function apply(remedy: Remedy, situation: Situation): Situation {
  const [request, policies] = situation;
  if (remedy.change === 'request') {
    const others = Object.entries(request.context).filter(
      ([key]) => key.toLowerCase() !== remedy.key.toLowerCase(),
    );
    return [{ ...request, context: { ...Object.fromEntries(others), [remedy.key]: remedy.value } }, policies];
  }
  const { kind, statement } = remedy;
  const { policy } = changedPolicy(remedy, situation);
  switch (kind) {
    case 'identity-based policy':
      return [request, { ...policies, identity: [...policies.identity, addTo(undefined, statement)] }];
    case 'permissions boundary':
      return [request, { ...policies, boundary: policy }];
    case 'VPC endpoint policy':
      return [request, { ...policies, vpcEndpoint: policy }];
    case 'session policy': {
      const { principal } = request;
      if (principal.type !== 'AssumedRole' || policy === undefined) return situation;
      const sessionPolicies = [policy, ...principal.sessionPolicies.slice(1)];
      return [{ ...request, principal: { ...principal, sessionPolicies } }, policies];
    }
    case 'role trust policy':
    case 'resource-based policy':
      return [{ ...request, resourcePolicy: policy }, policies];
    case 'service control policy':
    case 'resource control policy':
      return situation;
  }
}

/** The policy with a statement, if the statement is not stored alone. */
function changedPolicy(
  { kind, statement }: Pick<AddStatement, 'kind' | 'statement'>,
  [{ principal, resourcePolicy }, { boundary, vpcEndpoint }]: Situation,
): { readonly policy?: NamedPolicy; readonly deletedPrincipals: readonly string[] } {
  switch (kind) {
    case 'permissions boundary':
      return { policy: addTo(boundary, statement), deletedPrincipals: [] };
    case 'session policy': {
      const [first] = principal.type === 'AssumedRole' ? principal.sessionPolicies : [];
      return { policy: addTo(first, statement), deletedPrincipals: [] };
    }
    case 'VPC endpoint policy':
      return { policy: addTo(vpcEndpoint, statement), deletedPrincipals: [] };
    case 'role trust policy':
    case 'resource-based policy': {
      const { policy, deletedPrincipals } = withoutDeletedPrincipals(resourcePolicy);
      return { policy: addTo(policy, statement), deletedPrincipals };
    }
    default:
      return { deletedPrincipals: [] };
  }
}

function addTo(policy: NamedPolicy | undefined, statement: Statement): NamedPolicy {
  const { name, document } = policy ?? { name: 'a new policy', document: { Version: '2012-10-17' } };
  return { name, document: { ...document, Statement: [document.Statement ?? [], statement].flat() } };
}
