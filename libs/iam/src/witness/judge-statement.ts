import { isArn } from '../arn.ts';
import { UnreadablePolicyError } from '../decision/layer.ts';
import { loadPolicy, PolicySyntaxError, type Statement } from '../language/policy-language.ts';
import { type ConditionsByKey, groupByKey, isOfItsKind } from './conditions-by-key.ts';
import type { GuardedPolicy, Witness } from './guarded-policy.ts';
import type { AskedAction, Requester } from './kinds.ts';
import { OutsiderSearch } from './outsider-search.ts';
import { unknownPrincipal } from './positive-control.ts';
import { possibleRequests } from './possible-requests.ts';
import { expandActions, resourceConditions, withoutVariables } from './resources.ts';
import { isCut, type WorkBudget, workBudget } from './sample.ts';
import { type AllowWithDenies, isAbout, type SearchResult, search } from './search.ts';

/** The judgement of a statement that allows. */
export type StatementJudgement =
  /** Outsiders get in. The widest come first; with `anybody` or `network`, nobody else is listed. */
  | { readonly kind: 'open'; readonly witnesses: readonly [Witness, ...Witness[]] }
  /** No outsider that its patterns admit gets in, and each of its principals would without its conditions. */
  | { readonly kind: 'narrow' }
  /** It is about something else than what is guarded. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unread'; readonly reason: string };

/** A statement, as JSON. */
type Source = Readonly<Record<string, unknown>>;

/**
 * Judges a statement of a resource's policy that allows. It is narrow only if no outsider that its own patterns admit is allowed, and if
 * each of its principals would be without its conditions. Otherwise, it is open, about something else, or not judged.
 * @param statement one of the policy's, or a part of it, such as one for one of its principals
 */
export function judgeStatement(
  guarded: GuardedPolicy,
  statement: Source,
  budget: WorkBudget = workBudget(),
): StatementJudgement {
  const parsed = parse(guarded, statement);
  if (typeof parsed === 'string') return { kind: 'unread', reason: parsed };
  const [own] = parsed;
  if (own?.principal?.values.some(({ type }) => type === 'CanonicalUser')) {
    return { kind: 'unread', reason: 'a canonical user is an account, and its ID does not say which' };
  }
  const allowWithDenies = allowWithDeniesOf(guarded, statement);
  const conditions = resourceConditions(parsed);
  const expanded = (askedActions: readonly AskedAction[] = []) =>
    expandActions(askedActions, conditions, budget);
  const asked = {
    askedActions: expanded(guarded.askedActions),
    serviceActions: expanded(guarded.serviceActions),
    tokenActions: expanded(guarded.tokenActions),
    anonymousActions: expanded(guarded.anonymousActions),
  };
  const askedActions = Object.values(asked).flat();
  if (own === undefined || !askedActions.some((askedAction) => isAbout(own, askedAction)))
    return elsewhere(allowWithDenies, own);

  const conditionsByKey = conditionsByKeyOf(guarded, parsed);
  const outsiderSearch = new OutsiderSearch(
    { ...guarded, ...asked },
    allowWithDenies,
    own,
    conditionsByKey,
    budget,
  );
  const witnesses = outsiderSearch.findOutsiders();
  const [first, ...others] = witnesses;
  if (first !== undefined) return { kind: 'open', witnesses: [first, ...others] };
  if (outsiderSearch.unjudgedReason !== undefined)
    return { kind: 'unread', reason: outsiderSearch.unjudgedReason };
  const unusual = [...conditionsByKey.values()].flat().find((condition) => !isOfItsKind(condition));
  if (unusual !== undefined) {
    return { kind: 'unread', reason: `${unusual.operator} is not meant for ${unusual.key}` };
  }
  const nobody = unknownPrincipal(allowWithDenies, own, guarded, askedActions);
  return nobody === undefined
    ? { kind: 'narrow' }
    : { kind: 'unread', reason: `nobody is known who is ${nobody}, and who could ask for this` };
}

/**
 * Whether a statement can admit a caller: with some request of it, nothing denies it. What is not known of the caller counts for it.
 * @param caller a role or user. `another`: the same, if its account were in another organization, and sent another external ID
 */
export function admitsCaller(
  guarded: GuardedPolicy,
  statement: Source,
  caller: {
    readonly arn: string;
    readonly uniqueId?: string | undefined;
    readonly organization?: 'known' | 'another';
  },
  askedActions: readonly AskedAction[] = guarded.askedActions,
): SearchResult {
  const parsed = parse(guarded, statement);
  if (typeof parsed === 'string') return { kind: 'unknown', reason: parsed };
  const budget = workBudget();
  const role = caller.arn.split('/').at(-1) ?? '';
  const mentioned = JSON.stringify(parsed.map(({ source }) => source))
    .split(`:assumed-role/${role}/`)
    .slice(1);
  const requester: Requester = {
    kind: 'one',
    arn: caller.arn,
    uniqueId: caller.uniqueId,
    sessions: mentioned.flatMap((text) => /^[\w+=,.@-]+/.exec(text)?.[0] ?? []),
    organization: caller.organization ?? 'known',
  };
  const conditionsByKey = conditionsByKeyOf(guarded, parsed);
  const possible = possibleRequests({
    requester,
    origin: 'all',
    conditionsByKey,
    knownAccounts: guarded.knownAccounts,
    budget,
    inVpc: guarded.inVpc,
  });
  const found = search(allowWithDeniesOf(guarded, statement), possible, askedActions, budget);
  return found.kind === 'refused' && isCut(budget)
    ? { kind: 'unknown', reason: 'its patterns take too many steps' }
    : found;
}

function allowWithDeniesOf(guarded: GuardedPolicy, statement: Source): AllowWithDenies {
  const { policy, knownAccounts, resourceControl, serviceControl } = guarded;
  return {
    statement,
    resourceControl,
    serviceControl,
    denies: [policy.document.Statement]
      .flat()
      .filter((each): each is Source => (each as Source).Effect === 'Deny'),
    version: policy.document.Version,
    resourceAccountId: knownAccounts.accountId,
  };
}

/** The statement, and those that can deny; or why they cannot be read. */
function parse(guarded: GuardedPolicy, statement: Source): readonly Statement[] | string {
  const { denies, version } = allowWithDeniesOf(guarded, statement);
  try {
    const Version = version === undefined ? {} : { Version: version };
    const wide = withoutVariables(statement, version).statement;
    return loadPolicy({ ...Version, Statement: [wide, ...denies] }).statements;
  } catch (error) {
    if (error instanceof PolicySyntaxError || error instanceof UnreadablePolicyError) return error.message;
    throw error;
  }
}

function conditionsByKeyOf(
  { resourceControl, serviceControl }: GuardedPolicy,
  statements: readonly Statement[],
): ConditionsByKey {
  const controls = [...resourceControl, ...[...serviceControl.values()].flat(2)];
  return groupByKey([...statements, ...controls.flatMap(({ document }) => loadPolicy(document).statements)]);
}

/** A statement about other actions or resources: it admits somebody to one of them, if it were open. */
function elsewhere(allowWithDenies: AllowWithDenies, statement: Statement | undefined): StatementJudgement {
  const fill = (text: string) => text.replace(/[*?]+/g, 'x').replace(/\$\{[^}]*\}/g, 'x');
  const actions = statement?.action?.values.map(({ source }) => fill(source)) ?? [];
  const resources = statement?.resource?.values.map(({ source }) => fill(source)) ?? [];
  const role = `arn:aws:iam::${allowWithDenies.resourceAccountId}:role/x`;
  const isOne = (action: string, resource: string) =>
    /^[a-z0-9-]+:[a-z0-9]+$/i.test(action) &&
    (resource === '*' || isArn(resource)) &&
    statement !== undefined &&
    isAbout(statement, { action: action.replace(/^[^:]+/, (service) => service.toLowerCase()), resource });
  const isUnderstood = [...actions, 'x:X'].some((action) =>
    [...resources, 'arn:aws:x:::x', role].some((resource) => isOne(action, resource)),
  );
  return isUnderstood
    ? { kind: 'elsewhere' }
    : { kind: 'unread', reason: 'no request can be made of its actions and resources' };
}
