import { decide } from '../decision/authorizer.ts';
import type {
  AuthorizationQuestion,
  Decision,
  ImplicitlyDenied,
  Mismatch,
  PolicyKind,
} from '../decision/decision.ts';
import type { ApplicablePolicies } from '../decision/policy-source.ts';
import { defined } from '../defined.ts';
import { isObject } from '../json.ts';
import type { AssumedRole, NamedPolicy, Principal, ServicePrincipal } from '../principal.ts';

/** A change that lets a denied request through. */
export type Remedy =
  | {
      readonly change: 'add statement';
      readonly kind: PolicyKind;
      /** Where to put it, for a person, e.g. `the trust policy of arn:…`. */
      readonly where: string;
      readonly statement: Statement;
    }
  /** The request is at fault: its caller has to send another value of a condition key. */
  | { readonly change: 'request'; readonly key: string; readonly value: string };

type Statement = Readonly<Record<string, unknown>>;
type Condition = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type Situation = readonly [question: AuthorizationQuestion, policies: ApplicablePolicies];

/** A request needs at most one for each kind of policy, and one for itself. */
const MOST_REMEDIES = 6;

/**
 * The changes that together let a denied request through, each proven on a copy of the policies. None changes a statement, and
 * an added one allows just this, under every condition that statements about the same request have.
 * @returns none if no such change is known: a Deny, or a condition that the request does not meet
 */
export function remediesFor(decision: Decision): readonly Remedy[] {
  if (decision.allowed) return [];
  const remedies: Remedy[] = [];
  const first = situationOf(decision);
  let [situation, next] = [first, decide(...first)];
  while (!next.allowed && remedies.length < MOST_REMEDIES) {
    const remedy = propose(next);
    if (remedy === undefined) return [];
    remedies.push(remedy);
    situation = apply(remedy, situation);
    next = decide(...situation);
  }
  return next.allowed ? remedies : [];
}

/** Whether changes let a denied request through, decided on a copy of the policies that the decision consulted. */
export function prove(decision: Decision, remedies: readonly Remedy[]): boolean {
  const before = situationOf(decision);
  // If the copy gives another answer than the original, it proves nothing.
  if (decision.allowed || decide(...before).allowed) return false;
  return decide(...remedies.reduce((situation, remedy) => apply(remedy, situation), before)).allowed;
}

function propose(decision: Exclude<Decision, { allowed: true }>): Remedy | undefined {
  // A Deny is there on purpose. Whether it should hold for this principal cannot be known here.
  if (decision.denial === 'explicit') return undefined;
  const related = relatedStatements(decision);
  const obstacles = related.flatMap(({ mismatches }) => mismatches.filter(isRestriction));
  const asService = decision.missing === 'resource-based policy' && serviceOf(decision) !== undefined;
  if (!obstacles.every((obstacle) => asService && isAboutSource(obstacle))) return proposeRequest(decision);

  const { action: Action, resource: Resource, missing: kind } = decision;
  const where = placeOf(decision);
  const namesPrincipal = kind === 'role trust policy' || kind === 'resource-based policy';
  const only: ReturnType<typeof principalOnly> = namesPrincipal ? principalOnly(decision) : { Condition: {} };
  const Condition = conjunction(
    related.map(({ source }) => conditionOf(source, asService)),
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
  return { change: 'add statement', kind, where, statement };
}

/** The statements about the same request, and the nearest one. Their conditions are there on purpose. */
function relatedStatements({ consulted, missing, nearest }: ImplicitlyDenied) {
  return consulted
    .filter(({ kind }) => kind === missing || kind === nearest?.kind)
    .flatMap(({ kind, policy, statements }) =>
      statements.filter(({ effect, statement, mismatches }) => {
        if (effect === 'Deny' || mismatches.some(({ element }) => element === 'Action')) return false;
        const isNearest =
          nearest?.kind === kind && nearest.policy === policy && nearest.statement === statement;
        return isNearest || !mismatches.some(({ element }) => element === 'Resource');
      }),
    );
}

/** Whether a mismatch excludes the request on purpose. Others mean that the statement is about something else. */
function isRestriction({ element }: Mismatch): boolean {
  return /^(condition |Not)/.test(element);
}

/** Whether a mismatch is about the resource on whose behalf a service acts: each such resource has a permission of its own. */
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
): { readonly Principal?: Statement; readonly Condition: Condition } | undefined {
  const { context, missing, principalArn } = decision;
  const isTrust = missing === 'role trust policy';
  const service = serviceOf(decision);
  const { 'aws:SourceArn': sourceArn, 'sts:ExternalId': externalId } = context;
  if (service !== undefined) {
    const source = typeof sourceArn === 'string' ? { ArnLike: { 'aws:SourceArn': sourceArn } } : undefined;
    // Without a source, the statement would allow the service to act for any of its customers.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    const isOwn = String(sourceArn).split(':')[4] === context['aws:ResourceAccount'];
    if (service === ANONYMOUS || !(isTrust || (source !== undefined && isOwn))) return undefined;
    return { Principal: { Service: service }, Condition: source ?? {} };
  }
  // AddPermission, the only way to change a function's policy, has no condition on the principal's role.
  if (decision.action.startsWith('lambda:')) return undefined;
  const [, partition, , , accountId] = principalArn.split(':');
  return {
    // A role as the principal would have to exist first, and would not match any more after it is created again.
    Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
    Condition: {
      ArnEquals: { 'aws:PrincipalArn': holderOf(decision) },
      ...(isTrust && externalId !== undefined ? { StringEquals: { 'sts:ExternalId': externalId } } : {}),
    },
  };
}

/** Where a statement goes. Returns `undefined` if the account's owner cannot add one. */
function placeOf(decision: ImplicitlyDenied): string | undefined {
  const { missing, resource, consulted } = decision;
  const existing = consulted.find(({ kind }) => kind === missing)?.policy;
  switch (missing) {
    case 'identity-based policy':
      return `a policy of ${holderOf(decision)}`;
    case 'role trust policy':
      // Every role has a trust policy: without one there is no role.
      return existing && `the trust policy of ${resource}`;
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

/** Condition keys whose values the client chooses. */
const chosenByClient = /^(sts:(ExternalId|RoleSessionName|SourceIdentity)|aws:RequestTag\/.+)$/i;

function proposeRequest({ nearest }: ImplicitlyDenied): Remedy | undefined {
  const conditions = (nearest?.mismatches ?? []).map(({ element, expected }) => {
    const [, key] = /^condition String(?:Equals|EqualsIgnoreCase|Like) (.+)$/.exec(element) ?? [];
    const value = expected.split(', ')[0];
    if (key === undefined || value === undefined || !chosenByClient.test(key)) return undefined;
    return /[*?]/.test(value) ? undefined : ({ change: 'request', key, value } as const);
  });
  return conditions.includes(undefined) ? undefined : conditions[0];
}

/** The principal that execute-api asks for if a request is not signed. */
const ANONYMOUS = 'anonymous';

function serviceOf({ principalArn }: Decision): string | undefined {
  return principalArn.startsWith('arn:') ? undefined : principalArn;
}

/** The ARN of a session's role, or of the user itself. */
function holderOf({ context, principalArn }: Decision): string {
  const named = context['aws:PrincipalArn'];
  return typeof named === 'string' ? named : principalArn;
}

/** The question and the policies that a decision holds. They are complete in a decision from a trace as well. */
function situationOf(decision: Decision): Situation {
  const { action, resource, context, consulted } = decision;
  const policiesOf = (...kinds: readonly PolicyKind[]): NamedPolicy[] =>
    consulted
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ policy: name, version, statements }) => ({
        name,
        document: defined({ Version: version, Statement: statements.map(({ source }) => source) }),
      }));
  const [resourcePolicy] = policiesOf('role trust policy', 'resource-based policy');
  const serviceControl = policiesOf('service control policy');
  return [
    {
      principal: principalOf(decision, policiesOf('session policy')),
      action,
      resource,
      resourceAccountId: String(context['aws:ResourceAccount'] ?? ''),
      context,
      resourcePolicy,
    },
    {
      identity: policiesOf('identity-based policy'),
      boundary: policiesOf('permissions boundary')[0],
      // The level of each policy is not known. Together they give the same answer if every level allows.
      serviceControl: serviceControl.length === 0 ? [] : [serviceControl],
      resourceControl: policiesOf('resource control policy'),
    },
  ];
}

function principalOf(
  decision: Decision,
  sessionPolicies: AssumedRole['sessionPolicies'],
): Principal | ServicePrincipal {
  const service = serviceOf(decision);
  if (service !== undefined) return { type: 'Service', service };
  const { principalArn: arn, context } = decision;
  const [, , , , accountId = '', resource = ''] = arn.split(':');
  const userId = String(context['aws:userid'] ?? '');
  const base = { accountId, arn, principalArn: holderOf(decision), userId, tags: {} };
  const [kind, roleName = '', sessionName = ''] = resource.split('/');
  if (kind === 'root') return { ...base, type: 'Root' };
  if (kind === 'user') return { ...base, type: 'User', userName: resource.split('/').at(-1) ?? '' };
  return {
    ...base,
    type: 'AssumedRole',
    roleName,
    sessionName,
    roleId: userId.split(':')[0] ?? '',
    issuedAt: new Date(0),
    sessionPolicies,
    transitiveTagKeys: [],
  };
}

function apply(remedy: Remedy, [question, policies]: Situation): Situation {
  if (remedy.change === 'request') {
    const others = Object.entries(question.context).filter(
      ([key]) => key.toLowerCase() !== remedy.key.toLowerCase(),
    );
    return [
      { ...question, context: { ...Object.fromEntries(others), [remedy.key]: remedy.value } },
      policies,
    ];
  }
  const { kind, statement } = remedy;
  const added = addTo(undefined, statement);
  switch (kind) {
    case 'identity-based policy':
      return [question, { ...policies, identity: [...policies.identity, added] }];
    case 'permissions boundary':
      return [question, { ...policies, boundary: addTo(policies.boundary, statement) }];
    case 'session policy': {
      const { principal } = question;
      if (principal.type !== 'AssumedRole') return [question, policies];
      const sessionPolicies = [...principal.sessionPolicies, added];
      return [{ ...question, principal: { ...principal, sessionPolicies } }, policies];
    }
    case 'role trust policy':
    case 'resource-based policy':
      return [{ ...question, resourcePolicy: addTo(question.resourcePolicy, statement) }, policies];
    case 'service control policy':
    case 'resource control policy':
      return [question, policies];
  }
}

function addTo(policy: NamedPolicy | undefined, statement: Statement): NamedPolicy {
  const { name, document } = policy ?? { name: 'a new policy', document: { Version: '2012-10-17' } };
  return { name, document: { ...document, Statement: [document.Statement ?? [], statement].flat() } };
}
