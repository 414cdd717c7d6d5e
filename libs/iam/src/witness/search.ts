import { decide } from '../decision/authorizer.ts';
import type { AuthorizationRequest } from '../decision/decision.ts';
import { matchPrincipal } from '../decision/principal-match.ts';
import { matchStatement, toRequest } from '../decision/statement-match.ts';
import { loadPolicy, type Statement } from '../language/policy-language.ts';
import { requestContext } from '../language/request-context.ts';
import type { NamedPolicy, PolicyDocument, Principal, ServicePrincipal } from '../principal.ts';
import { hasVariables } from './conditions-by-key.ts';
import type { AskedAction, KeyChoice, KeyChoices, PossibleRequests } from './kinds.ts';
import { canAsk } from './principals.ts';
import { withoutVariables } from './resources.ts';
import type { WorkBudget } from './sample.ts';

/** The policies by which organizations forbid. */
export interface OrganizationPolicies {
  /** The resource control policies of the account. */
  readonly resourceControl: readonly NamedPolicy[];
  /** Service control policies, level by level, by the account whose principals obey them. */
  readonly serviceControl: ReadonlyMap<string, readonly (readonly NamedPolicy[])[]>;
}

/** A policy with one statement that allows, and everything that can deny. */
export interface AllowWithDenies extends OrganizationPolicies {
  /** The statement, as JSON. */
  readonly statement: Readonly<Record<string, unknown>>;
  /** The statements of the same policy that deny, as JSON. */
  readonly denies: readonly Readonly<Record<string, unknown>>[];
  readonly version: unknown;
  readonly resourceAccountId: string;
}

/** The result of a search. */
export type SearchResult =
  /** Somebody gets in with this request. */
  | { readonly kind: 'admitted'; readonly request: AuthorizationRequest }
  /** None of the possible requests gets in. */
  | { readonly kind: 'refused' }
  /** It depends on condition keys of which nothing is known, or the search ended early. */
  | { readonly kind: 'unknown'; readonly reason: string };

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const identity = [
  { name: 'everything', document: { Version: '2012-10-17', Statement: [everything] } },
] satisfies readonly NamedPolicy[];

/**
 * Looks for a possible request that a statement allows and that nothing denies. Of the values of a key that no statement tells apart,
 * one is tried. A condition on a key of which nothing is known, or on other keys through policy variables, could hold: with it, an Allow
 * admits nobody for certain, and a Deny keeps nobody out for certain.
 */
export function search(
  allowWithDenies: AllowWithDenies,
  possible: PossibleRequests,
  askedActions: readonly AskedAction[],
  budget: WorkBudget,
): SearchResult {
  const { allow, denies, may, must, organizationPolicies, statement, deciding } = policiesOf(
    allowWithDenies,
    possible,
  );
  if (statement === undefined) return { kind: 'refused' };

  const asked = askedActions.filter((askedAction) => isAbout(statement, askedAction));
  if (asked.length === 0) return { kind: 'refused' };
  const allKeyChoices: KeyChoices[] = [];
  for (const each of possible.allKeyChoices) {
    const keyChoices = matter(each, statement, deciding, budget);
    if (keyChoices.options.length === 0) return { kind: 'refused' };
    allKeyChoices.push(keyChoices);
  }

  let doubtful = false;
  for (const request of combinations([actionChoices(asked, deciding), ...allKeyChoices], allowWithDenies)) {
    if (!budget.spend(deciding.length + 1)) {
      return { kind: 'unknown', reason: 'there are too many requests to try them all' };
    }
    if (!canAsk(request.principal, request.action) || !isAllowed(request, may, organizationPolicies))
      continue;
    if (allow.doubts.length === 0 && (may === must || isAllowed(request, must, organizationPolicies))) {
      return { kind: 'admitted', request: withPolicy(request, allowWithDenies) };
    }
    doubtful = true;
  }
  if (!doubtful) return { kind: 'refused' };
  const keys = [...new Set([allow, ...denies].flatMap(({ doubts }) => doubts))];
  return { kind: 'unknown', reason: `nothing is known of ${keys.join(', ')}` };
}

/** A statement without the conditions that are not decided, and their keys. */
interface Split {
  readonly sure: AllowWithDenies['statement'];
  readonly doubts: readonly string[];
}

/** The policies of a search, as far as they are decided. */
interface DecidedPolicies {
  readonly allow: Split;
  readonly denies: readonly Split[];
  /** An upper bound: whoever may get in, does. */
  readonly may: PolicyDocument;
  /** A lower bound: whoever may be kept out, is. */
  readonly must: PolicyDocument;
  readonly organizationPolicies: OrganizationPolicies;
  /** The statement that allows. */
  readonly statement: Statement | undefined;
  /** All others. */
  readonly deciding: readonly Statement[];
}

/** The policies are the same for all who ask, if of the same keys nothing is known. */
const memos = new WeakMap<AllowWithDenies, Map<string, DecidedPolicies>>();

function policiesOf(
  allowWithDenies: AllowWithDenies,
  { unknownKeys }: Pick<PossibleRequests, 'unknownKeys'>,
): DecidedPolicies {
  const known = memos.get(allowWithDenies) ?? new Map<string, DecidedPolicies>();
  memos.set(allowWithDenies, known);
  const name = JSON.stringify([...unknownKeys]);
  const policies = known.get(name) ?? newPolicies(allowWithDenies, unknownKeys);
  known.set(name, policies);
  return policies;
}

function newPolicies(allowWithDenies: AllowWithDenies, unknownKeys: ReadonlySet<string>): DecidedPolicies {
  const isUnknown = (key: string) => unknownKeys.has(key.toLowerCase());
  const allow = split(allowWithDenies.statement, allowWithDenies.version, isUnknown);
  const denies = allowWithDenies.denies.map((each) => split(each, allowWithDenies.version, isUnknown));
  const sureDenies = denies.filter(({ doubts }) => doubts.length === 0);
  const policyOf = (...splits: readonly Split[]) =>
    documentOf(
      allowWithDenies,
      splits.map(({ sure }) => sure),
    );
  const must = policyOf(allow, ...denies);
  const may = sureDenies.length === denies.length ? must : policyOf(allow, ...sureDenies);
  const [statement, ...others] = loadPolicy(must).statements;
  const organizationPolicies = decidedPolicies(allowWithDenies, isUnknown);
  const controls = [
    ...organizationPolicies.resourceControl,
    ...[...organizationPolicies.serviceControl.values()].flat(2),
  ];
  const deciding = [...others, ...controls.flatMap(({ document }) => loadPolicy(document).statements)];
  return { allow, denies, may, must, organizationPolicies, statement, deciding };
}

function split(
  statement: AllowWithDenies['statement'],
  version: unknown,
  isUnknown: (key: string) => boolean,
): Split {
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
function decidedPolicies(
  organizationPolicies: OrganizationPolicies,
  isUnknown: (key: string) => boolean,
): OrganizationPolicies {
  const decided = (policy: NamedPolicy): readonly NamedPolicy[] => {
    const { Version: version, Statement: all } = policy.document;
    const statements = [all].flat().flatMap((each) => {
      const { sure, doubts } = split(each as AllowWithDenies['statement'], version, isUnknown);
      return doubts.length > 0 && sure.Effect === 'Deny' ? [] : [sure];
    });
    if (statements.length === 0) return [];
    return [{ ...policy, document: { ...policy.document, Statement: statements } }];
  };
  return {
    resourceControl: organizationPolicies.resourceControl.flatMap(decided),
    serviceControl: new Map(
      [...organizationPolicies.serviceControl].map(([account, levels]) => [
        account,
        levels.map((level) => level.flatMap(decided)),
      ]),
    ),
  };
}

function documentOf(
  { version }: AllowWithDenies,
  statements: readonly AllowWithDenies['statement'][],
): PolicyDocument {
  return { ...(version !== undefined && { Version: version }), Statement: statements };
}

const nobody: Principal = {
  type: 'Root',
  accountId: '',
  principalArn: '',
  arn: '',
  userId: '',
  tags: {},
};

/** Whether action and resource of a statement match. */
export function isAbout(statement: Statement, { action, resource }: AskedAction): boolean {
  const { principal: _, ...rest } = statement;
  const request = toRequest(
    { principal: nobody, action, resource, resourceAccountId: '', context: {} },
    false,
  );
  return matchStatement({ ...rest, conditions: [] }, request) !== 'none';
}

/** One of the asked actions that no statement tells apart. */
function actionChoices(
  askedActions: readonly AskedAction[],
  deciding: readonly Statement[],
): KeyChoices & { readonly askedActions: readonly AskedAction[] } {
  const different = new Map(
    askedActions.map((askedAction) => [
      JSON.stringify([
        askedAction.action,
        askedAction.context ?? {},
        deciding.map((each) => isAbout(each, askedAction)),
      ]),
      askedAction,
    ]),
  );
  const kept = [...different.values()];
  return { owns: () => false, askedActions: kept, options: kept.map(({ context = {} }) => ({ context })) };
}

/** The choices that satisfy a statement, one of each kind that the others tell apart. */
function matter(
  keyChoices: KeyChoices,
  statement: Statement,
  deciding: readonly Statement[],
  budget: WorkBudget,
): KeyChoices {
  const own = ({ conditions }: Statement) =>
    conditions.filter(({ key }) => keyChoices.owns(key.toLowerCase()));
  const needed = own(statement);
  const told = deciding.map((each) => ({
    effect: each.effect,
    principal: each.principal,
    conditions: own(each),
  }));
  const conditions = [...needed, ...told.flatMap((each) => each.conditions)];
  const cost = 1 + told.length + conditions.reduce((sum, { values }) => sum + values.length, 0);
  const kinds = new Map<string, KeyChoice>();
  for (const choice of keyChoices.options) {
    if (!budget.spend(cost)) break;
    const context = requestContext(choice.context);
    const asking = choice.principal && { principal: choice.principal, hasPermissionsBoundary: false };
    if (!needed.every((condition) => condition.holds(context))) continue;
    if (asking && statement.principal && matchPrincipal(statement.principal, 'Allow', asking) === 'none')
      continue;
    const kind = told.map(({ effect, principal, conditions }) => [
      asking && principal ? matchPrincipal(principal, effect, asking) : '',
      ...conditions.map((condition) => condition.holds(context)),
    ]);
    const { principal } = choice;
    const account = principal && 'accountId' in principal ? principal.accountId : '';
    const name = JSON.stringify([kind, account, principal && canAsk(principal, 'sts:AssumeRole')]);
    if (!kinds.has(name)) kinds.set(name, choice);
  }
  return { owns: keyChoices.owns, options: [...kinds.values()] };
}

/** All requests that combine one choice of each, the first of which are the asked actions. */
function* combinations(
  allKeyChoices: readonly (KeyChoices & { readonly askedActions?: readonly AskedAction[] })[],
  { resourceAccountId }: AllowWithDenies,
): Generator<AuthorizationRequest> {
  const indexes = allKeyChoices.map(() => 0);
  for (;;) {
    let context: AuthorizationRequest['context'] = {};
    let principal: Principal | ServicePrincipal = nobody;
    allKeyChoices.forEach(({ options }, place) => {
      const choice = options[indexes[place] ?? 0];
      if (choice === undefined) return;
      context = { ...context, ...choice.context };
      principal = choice.principal ?? principal;
    });
    const askedAction = allKeyChoices[0]?.askedActions?.[indexes[0] ?? 0];
    if (askedAction !== undefined) {
      yield {
        principal,
        action: askedAction.action,
        resource: askedAction.resource,
        resourceAccountId,
        context,
      };
    }
    let place = allKeyChoices.length - 1;
    for (; place >= 0; place--) {
      const next = (indexes[place] ?? 0) + 1;
      indexes[place] = next < (allKeyChoices[place]?.options.length ?? 0) ? next : 0;
      if (indexes[place] !== 0) break;
    }
    if (place < 0) return;
  }
}

function withPolicy(request: AuthorizationRequest, allowWithDenies: AllowWithDenies): AuthorizationRequest {
  const document = documentOf(allowWithDenies, [allowWithDenies.statement, ...allowWithDenies.denies]);
  return { ...request, resourcePolicy: { name: 'policy', document } };
}

function isAllowed(
  request: AuthorizationRequest,
  document: PolicyDocument,
  organizationPolicies: OrganizationPolicies,
): boolean {
  const { principal } = request;
  const serviceControl =
    'accountId' in principal ? organizationPolicies.serviceControl.get(principal.accountId) : undefined;
  return decide(
    { ...request, resourcePolicy: { name: 'policy', document } },
    { identity, serviceControl: serviceControl ?? [], resourceControl: organizationPolicies.resourceControl },
  ).allowed;
}
