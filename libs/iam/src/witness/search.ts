import { decide } from '../decision/authorizer.ts';
import type { AuthorizationRequest } from '../decision/decision.ts';
import { matchPrincipal } from '../decision/principal-match.ts';
import { matchStatement, toRequest } from '../decision/statement-match.ts';
import { loadPolicy, type Statement } from '../language/policy-language.ts';
import { requestContext } from '../language/request-context.ts';
import type { NamedPolicy, PolicyDocument, Principal, ServicePrincipal } from '../principal.ts';
import type { Dimension, Option, Wish, World } from './kinds.ts';
import { hasVariables } from './mentions.ts';
import { canAsk } from './principals.ts';
import { withoutVariables } from './resources.ts';
import type { Meter } from './sample.ts';

/** What organizations forbid. */
export interface Limits {
  /** The resource control policies of the account. */
  readonly resourceControl: readonly NamedPolicy[];
  /** Service control policies, level by level, by the account whose principals obey them. */
  readonly serviceControl: ReadonlyMap<string, readonly (readonly NamedPolicy[])[]>;
}

/** A policy with one statement that allows, and everything that can deny. */
export interface Opening extends Limits {
  /** The statement, as JSON. */
  readonly statement: Readonly<Record<string, unknown>>;
  /** The statements of the same policy that deny, as JSON. */
  readonly denies: readonly Readonly<Record<string, unknown>>[];
  readonly version: unknown;
  readonly resourceAccountId: string;
}

/** The result of a search. */
export type Found =
  /** Somebody gets in with this request. */
  | { readonly kind: 'admitted'; readonly request: AuthorizationRequest }
  /** Nobody of the world gets in. */
  | { readonly kind: 'refused' }
  /** It depends on condition keys of which nothing is known, or the search ended early. */
  | { readonly kind: 'unknown'; readonly reason: string };

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const identity = [
  { name: 'everything', document: { Version: '2012-10-17', Statement: [everything] } },
] satisfies readonly NamedPolicy[];

/**
 * Looks for a request of a world that a statement allows and that nothing denies. Of the values of a key that no statement tells apart,
 * one is tried. A condition on a key of which nothing is known, or on other keys through policy variables, could hold: with it, an Allow
 * admits nobody for certain, and a Deny keeps nobody out for certain.
 */
export function search(opening: Opening, world: World, wishes: readonly Wish[], meter: Meter): Found {
  const isUnknown = (key: string) => world.unknownKeys.has(key.toLowerCase());
  const allow = split(opening.statement, opening.version, isUnknown);
  const denies = opening.denies.map((each) => split(each, opening.version, isUnknown));
  // An upper bound: whoever may get in, does.
  const may = documentOf(opening, [
    allow.sure,
    ...denies.filter(({ doubts }) => doubts.length === 0).map(({ sure }) => sure),
  ]);
  // A lower bound: whoever may be kept out, is.
  const must = documentOf(opening, [allow.sure, ...denies.map(({ sure }) => sure)]);
  const [statement, ...others] = loadPolicy(must).statements;
  if (statement === undefined) return { kind: 'refused' };
  const limits = limitsOf(opening, isUnknown);
  const controls = [...limits.resourceControl, ...[...limits.serviceControl.values()].flat(2)];
  const deciding = [...others, ...controls.flatMap(({ document }) => loadPolicy(document).statements)];

  const asked = wishes.filter((wish) => isAbout(statement, wish));
  const dimensions = [
    wishDimension(asked, deciding),
    ...world.dimensions.map((each) => matter(each, statement, deciding, meter)),
  ];
  if (dimensions.some(({ options }) => options.length === 0)) return { kind: 'refused' };

  let doubtful = false;
  for (const request of combinations(dimensions, opening)) {
    if (!meter.spend(deciding.length + 1)) {
      return { kind: 'unknown', reason: 'there are too many requests to try them all' };
    }
    if (!canAsk(request.principal, request.action) || !isAllowed(request, may, limits)) continue;
    if (allow.doubts.length === 0 && (may === must || isAllowed(request, must, limits))) {
      return { kind: 'admitted', request: withPolicy(request, opening) };
    }
    doubtful = true;
  }
  if (!doubtful) return { kind: 'refused' };
  const keys = [...new Set([allow, ...denies].flatMap(({ doubts }) => doubts))];
  return { kind: 'unknown', reason: `nothing is known of ${keys.join(', ')}` };
}

/** A statement without the conditions that are not decided, and their keys. */
function split(
  statement: Opening['statement'],
  version: unknown,
  isUnknown: (key: string) => boolean,
): { readonly sure: Opening['statement']; readonly doubts: readonly string[] } {
  const { statement: wide, variable } = withoutVariables(statement, version);
  const ofResources = variable.map((each) => `the value ${each}`);
  const [parsed] = loadPolicy({ Version: version, Statement: [wide] }).statements;
  const doubtful = (parsed?.conditions ?? []).filter((each) => isUnknown(each.key) || hasVariables(each));
  if (doubtful.length === 0) return { sure: wide, doubts: ofResources };
  const isKept = (operator: string, key: string) =>
    !doubtful.some((each) => each.operator === operator && each.key === key);
  const { Condition, ...rest } = wide;
  const kept = Object.entries(Condition as Readonly<Record<string, object>>).flatMap(([operator, keys]) => {
    const entries = Object.entries(keys).filter(([key]) => isKept(operator, key));
    return entries.length === 0 ? [] : [[operator, Object.fromEntries(entries)] as const];
  });
  return {
    sure: kept.length === 0 ? rest : { ...rest, Condition: Object.fromEntries(kept) },
    doubts: [
      ...doubtful.map(({ key, values }) =>
        isUnknown(key) ? `the condition key ${key}` : `the value ${values.join(', ')}`,
      ),
      ...ofResources,
    ],
  };
}

/** The policies of organizations, as far as they are decided: nobody can rely on a Deny that may not hold. */
function limitsOf(limits: Limits, isUnknown: (key: string) => boolean): Limits {
  const decided = (policy: NamedPolicy): readonly NamedPolicy[] => {
    const { Version: version, Statement: all } = policy.document;
    const statements = [all].flat().flatMap((each) => {
      const { sure, doubts } = split(each as Opening['statement'], version, isUnknown);
      return doubts.length > 0 && sure.Effect === 'Deny' ? [] : [sure];
    });
    if (statements.length === 0) return [];
    return [{ ...policy, document: { ...policy.document, Statement: statements } }];
  };
  return {
    resourceControl: limits.resourceControl.flatMap(decided),
    serviceControl: new Map(
      [...limits.serviceControl].map(([account, levels]) => [
        account,
        levels.map((level) => level.flatMap(decided)),
      ]),
    ),
  };
}

function documentOf({ version }: Opening, statements: readonly Opening['statement'][]): PolicyDocument {
  return { ...(version !== undefined && { Version: version }), Statement: statements };
}

const nobody: Principal = {
  ...{ type: 'Root', accountId: '', principalArn: '', arn: '', userId: '', tags: {} },
};

/** Whether action and resource of a statement match. */
export function isAbout(statement: Statement, { action, resource }: Wish): boolean {
  const { principal: _, ...rest } = statement;
  const request = toRequest(
    { principal: nobody, action, resource, resourceAccountId: '', context: {} },
    false,
  );
  return matchStatement({ ...rest, conditions: [] }, request) !== 'none';
}

/** Of the wishes that no statement tells apart, one. */
function wishDimension(
  wishes: readonly Wish[],
  deciding: readonly Statement[],
): Dimension & { readonly wishes: readonly Wish[] } {
  const different = new Map(
    wishes.map((wish) => [
      JSON.stringify([wish.action, wish.context ?? {}, deciding.map((each) => isAbout(each, wish))]),
      wish,
    ]),
  );
  const kept = [...different.values()];
  return { owns: () => false, wishes: kept, options: kept.map(({ context = {} }) => ({ context })) };
}

/** The options of a dimension that satisfy a statement, one of each kind that the others tell apart. */
function matter(
  dimension: Dimension,
  statement: Statement,
  deciding: readonly Statement[],
  meter: Meter,
): Dimension {
  const own = ({ conditions }: Statement) =>
    conditions.filter(({ key }) => dimension.owns(key.toLowerCase()));
  const needed = own(statement);
  const told = deciding.map((each) => ({
    effect: each.effect,
    principal: each.principal,
    conditions: own(each),
  }));
  const conditions = [...needed, ...told.flatMap((each) => each.conditions)];
  const cost = 1 + told.length + conditions.reduce((sum, { values }) => sum + values.length, 0);
  const kinds = new Map<string, Option>();
  for (const option of dimension.options) {
    if (!meter.spend(cost)) break;
    const context = requestContext(option.context);
    const asking = option.principal && { principal: option.principal, hasPermissionsBoundary: false };
    if (!needed.every((condition) => condition.holds(context))) continue;
    if (asking && statement.principal && matchPrincipal(statement.principal, 'Allow', asking) === 'none')
      continue;
    const kind = told.map(({ effect, principal, conditions }) => [
      asking && principal ? matchPrincipal(principal, effect, asking) : '',
      ...conditions.map((condition) => condition.holds(context)),
    ]);
    const { principal } = option;
    const account = principal && 'accountId' in principal ? principal.accountId : '';
    const name = JSON.stringify([kind, account, principal && canAsk(principal, 'sts:AssumeRole')]);
    if (!kinds.has(name)) kinds.set(name, option);
  }
  return { owns: dimension.owns, options: [...kinds.values()] };
}

/** All requests of the dimensions, the first of which has the wishes. */
function* combinations(
  dimensions: readonly (Dimension & { readonly wishes?: readonly Wish[] })[],
  { resourceAccountId }: Opening,
): Generator<AuthorizationRequest> {
  const indexes = dimensions.map(() => 0);
  for (;;) {
    let context: AuthorizationRequest['context'] = {};
    let principal: Principal | ServicePrincipal = nobody;
    dimensions.forEach(({ options }, place) => {
      const option = options[indexes[place] ?? 0];
      if (option === undefined) return;
      context = { ...context, ...option.context };
      principal = option.principal ?? principal;
    });
    const wish = dimensions[0]?.wishes?.[indexes[0] ?? 0];
    if (wish !== undefined) {
      yield { principal, action: wish.action, resource: wish.resource, resourceAccountId, context };
    }
    let place = dimensions.length - 1;
    for (; place >= 0; place--) {
      const next = (indexes[place] ?? 0) + 1;
      indexes[place] = next < (dimensions[place]?.options.length ?? 0) ? next : 0;
      if (indexes[place] !== 0) break;
    }
    if (place < 0) return;
  }
}

function withPolicy(request: AuthorizationRequest, opening: Opening): AuthorizationRequest {
  const document = documentOf(opening, [opening.statement, ...opening.denies]);
  return { ...request, resourcePolicy: { name: 'policy', document } };
}

function isAllowed(request: AuthorizationRequest, document: PolicyDocument, limits: Limits): boolean {
  const { principal } = request;
  const serviceControl =
    'accountId' in principal ? limits.serviceControl.get(principal.accountId) : undefined;
  return decide(
    { ...request, resourcePolicy: { name: 'policy', document } },
    { identity, serviceControl: serviceControl ?? [], resourceControl: limits.resourceControl },
  ).allowed;
}
