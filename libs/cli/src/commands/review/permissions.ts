import {
  type ApiFacts,
  type HolderFacts,
  type NamedPolicy,
  parseArn,
  wildcardMatcher,
} from '@cross-account-api/iam';
import { resourcesOfAction } from '../../aws/actions.ts';
import { type Judged, type StatementEnding, together } from './endings.ts';
import { type Escalation, escalations } from './escalation.ts';
import type { ReviewFacts } from './facts.ts';
import { bySeverity, type Finding, type FindingCode, type Severity, statementFinding } from './finding.ts';
import { type Need, neededOf, reachOf } from './reach.ts';
import { replayIdentity } from './replay.ts';
import { functionNeeds, needOf, routeNeeds, spareRoutes, spareRoutesText, stageArn } from './routes.ts';
import {
  allowStatementsOf,
  type PlacedStatement,
  type Statement,
  statementsIn,
  valuesOf,
  withStatements,
} from './statements.ts';

const LEAST_PRIVILEGE =
  'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html';
const GRANT_LEAST =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege';

const DOCUMENTATION: Partial<Record<FindingCode, string>> = {
  'unneeded-permissions': GRANT_LEAST,
  'privilege-escalation': 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html',
};

/** A statement that allows more than the call needs. */
interface Weakness extends Pick<Finding, 'code' | 'severity' | 'message'> {
  readonly placed: PlacedStatement;
  /** The statements that are enough. Absent: the review cannot know them. */
  readonly enough?: readonly Statement[] | undefined;
  /** What the change leaves to the reader, as a sentence. */
  readonly caveat?: string;
}

/** Reviews what the role that calls may do beyond the call, and which roles the caller may assume. */
export function reviewPermissions(facts: ReviewFacts): Judged {
  const { assumesRole, invokeRole, caller, api } = facts;
  return together([
    ...(assumesRole && invokeRole !== undefined && api !== undefined
      ? [weaknessesOf(facts, invokeRole, (placed) => weaknessOfInvokeRole(facts, invokeRole, api, placed))]
      : []),
    ...(caller === undefined
      ? []
      : [weaknessesOf(facts, caller, (placed) => weaknessOfCaller(facts, caller, placed))]),
  ]);
}

function weaknessOfInvokeRole(
  facts: ReviewFacts,
  role: HolderFacts,
  api: ApiFacts,
  placed: PlacedStatement,
): Weakness | undefined {
  const { statement } = placed;
  const needs = [...routeNeeds(facts, api), ...functionNeeds(facts, api)];
  const kept = neededOf(statement, needs);
  const weak = (code: FindingCode, severity: Severity, message: string): Weakness => ({
    ...{ code, severity, message, placed },
    enough: statementsFor(kept, statement),
  });
  const samples = samplesOf(facts, role, placed);
  if (samples.length === 0) return undefined;
  const ways = escalationsOf(facts, role, placed);
  const further = `Whoever assumes the role may get further permissions of account ${parseArn(role.arn).accountId}: ${waysText(ways)}.`;
  if (kept.length === 0) {
    const message = 'The call needs nothing of this, and whoever assumes the role may do it.';
    return ways.length > 0
      ? weak('privilege-escalation', 'high', `The call needs nothing of this. ${further}`)
      : weak('unneeded-permissions', 'medium', message);
  }
  const may = reachOf(role, placed, serviceControlOf(facts, role));
  const reached = [apisReached(facts, api, kept, may), functionsReached(api, may)].filter(
    (each) => each !== undefined,
  );
  if (reached.length > 0) {
    const message = `Whoever assumes the role may ${reached.join(' and ')}, not only what is behind this API.${ways.length === 0 ? '' : ` ${further}`}`;
    return weak('permissions-on-everything', 'high', message);
  }
  if (ways.length > 0) return weak('privilege-escalation', 'high', further);
  const needed = new Set(needs.map(({ action }) => action));
  const unneeded = samples.some(({ action }) => !needed.has(action))
    ? unneededActions(statement, kept)
    : undefined;
  if (unneeded !== undefined) return weak('unneeded-permissions', 'medium', unneeded);
  const routes = unneededRoutes(facts, api, kept, may);
  return routes === undefined ? undefined : weak('unneeded-routes', 'low', routes);
}

function weaknessOfCaller(
  facts: ReviewFacts,
  caller: HolderFacts,
  placed: PlacedStatement,
): Weakness | undefined {
  const wide = wideCaller(facts, caller, placed);
  const ways = escalationsOf(facts, caller, placed);
  if (ways.length === 0) return wide;
  const { callerName } = facts;
  return {
    ...{ code: 'privilege-escalation', severity: 'high', placed },
    message: `${callerName} may get further permissions of account ${parseArn(caller.arn).accountId}: ${waysText(ways)}.${wide === undefined ? '' : ` ${wide.message}`}`,
    caveat: `Name the roles and resources that ${callerName} needs, or remove these actions.`,
  };
}

/** A caller that may assume roles, or call APIs, beyond the call. */
function wideCaller(facts: ReviewFacts, caller: HolderFacts, placed: PlacedStatement): Weakness | undefined {
  const { assumesRole, invokeRole, callerName, api } = facts;
  const may = reachOf(caller, placed, serviceControlOf(facts, caller));
  const wide = (needs: readonly Need[], consequence: string): Weakness => {
    const kept = neededOf(placed.statement, needs);
    const others = valuesOf(placed.statement.Action).filter(
      (Action) => neededOf({ ...placed.statement, Action }, needs).length === 0,
    );
    return {
      code: 'permissions-on-everything',
      severity: 'medium',
      message: `${callerName} may ${consequence}, not only what it calls here.`,
      placed,
      enough: [
        ...statementsFor(kept, placed.statement),
        ...(others.length === 0
          ? []
          : [{ ...placed.statement, ...sidOf(placed.statement, kept.length === 0 ? 0 : 1), Action: others }]),
      ],
      caveat: `Keep what ${callerName} needs for other work: the review knows this call only.`,
    };
  };
  if (assumesRole && invokeRole !== undefined) {
    const { partition, accountId } = parseArn(invokeRole.arn);
    const another = { action: 'sts:AssumeRole', resource: `arn:${partition}:iam::${accountId}:role/another` };
    return may(another)
      ? wide(
          [{ action: 'sts:AssumeRole', resource: invokeRole.arn }],
          `assume every role of account ${accountId} that trusts ${caller.arn}`,
        )
      : undefined;
  }
  if (assumesRole || api === undefined) return undefined;
  const needs = routeNeeds(facts, api);
  const reached = apisReached(facts, api, needs, may);
  return reached === undefined ? undefined : wide(needs, `${reached} that admits it`);
}

/** The other APIs that a statement reaches, in words. */
function apisReached(
  facts: ReviewFacts,
  api: ApiFacts,
  needs: readonly Need[],
  may: (need: Need) => boolean,
): string | undefined {
  const own = stageArn(api, facts.stage);
  const other = own.replace(`:${api.apiId}/`, ':another/');
  const [action, account] = ['execute-api:Invoke', `every API of account ${api.accountId}`];
  if (may({ action, resource: `${other}/GET/` })) return `call ${account}`;
  const isReached = needs
    .filter((need) => need.action === action)
    .some(({ resource }) => may({ action, resource: resource.replace(own, other) }));
  return isReached ? `call the same routes of ${account}` : undefined;
}

/** The other functions that a statement reaches, in words. */
function functionsReached(api: ApiFacts, may: (need: Need) => boolean): string | undefined {
  const { partition, region, accountId } = parseArn(stageArn(api, ''));
  const resource = `arn:${partition}:lambda:${region}:${accountId}:function:another`;
  return may({ action: 'lambda:InvokeFunction', resource })
    ? `invoke every function of account ${accountId}`
    : undefined;
}

/** The actions that a statement allows beside the needed ones, as a sentence. */
function unneededActions(statement: Statement, kept: readonly Need[]): string | undefined {
  const needed = [...new Set(kept.map(({ action }) => action))];
  const only = needed.join(' and ');
  if (statement.Action === undefined) return `Of the actions that this allows, the call needs only ${only}.`;
  const extra = valuesOf(statement.Action).filter(
    (each) => !needed.some((action) => action.toLowerCase() === each.toLowerCase()),
  );
  const isWide = (Action: string) => neededOf({ ...statement, Action }, kept).length > 0;
  const wide = extra.filter(isWide);
  const unneeded = extra.filter((each) => !isWide(each));
  const sentences = [
    ...(wide.length === 0 ? [] : [`Of ${wide.join(', ')}, the call needs only ${only}.`]),
    ...(unneeded.length === 0 ? [] : [`The call does not need ${unneeded.join(', ')}.`]),
  ];
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

/** The routes, and the stages of the API, that a statement allows beside the needed ones, as sentences. */
function unneededRoutes(
  facts: ReviewFacts,
  api: ApiFacts,
  kept: readonly Need[],
  may: (need: Need) => boolean,
): string | undefined {
  const spare = spareRoutes(facts, api).filter((route) => may(needOf(api, facts.stage, route)));
  const own = stageArn(api, facts.stage);
  const other = stageArn(api, 'another');
  const isEveryStage = kept.some(
    (need) => need.resource.startsWith(own) && may({ ...need, resource: need.resource.replace(own, other) }),
  );
  const sentences = [
    ...(spare.length === 0 ? [] : [`${spareRoutesText(facts, spare)}, and the role may.`]),
    ...(isEveryStage
      ? [`The call needs stage ${facts.stage} only, and the role may call every stage of the API.`]
      : []),
  ];
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

/** More samples of a statement are not tried. */
const MOST_SAMPLES = 2000;

/**
 * Samples of what a role may do by a statement. None if a Deny or the permissions boundary leaves nothing of it. A wildcard has one
 * value, and those of the boundary.
 */
function samplesOf(facts: ReviewFacts, role: HolderFacts, placed: PlacedStatement): readonly Need[] {
  const limits = [placed, ...(role.boundary === undefined ? [] : allowStatementsOf(role.boundary))];
  const may = reachOf(role, placed, serviceControlOf(facts, role));
  return requestsOf(limits.map(({ statement }) => statement)).filter(may);
}

/** Requests that are made of the actions and resources of statements. */
function requestsOf(statements: readonly Statement[]): readonly Need[] {
  const fill = (text: string) => text.replace(/[*?]+/g, 'another');
  const named = (element: 'Action' | 'Resource') =>
    statements.flatMap((each) => valuesOf(each[element])).filter((each) => each.includes(':'));
  const actions = named('Action')
    .map(fill)
    .filter((each) => /^[a-z0-9-]+:[a-z0-9]+$/i.test(each));
  const resources = ['arn:aws:another:::another', ...named('Resource').map(fill)].filter((each) =>
    /^arn:([^:]*:){4}/.test(each),
  );
  return ['another:Another', ...actions]
    .flatMap((action) =>
      resources.map((resource) => ({
        action: action.replace(/^[^:]+/, (text) => text.toLowerCase()),
        resource,
      })),
    )
    .slice(0, MOST_SAMPLES);
}

function serviceControlOf({ limits }: ReviewFacts, { arn }: HolderFacts) {
  return limits?.serviceControl.get(parseArn(arn).accountId) ?? [];
}

/** The ways to further permissions to which a statement contributes. */
function escalationsOf(
  facts: ReviewFacts,
  holder: HolderFacts,
  placed: PlacedStatement,
): readonly Escalation[] {
  const statements = holder.policies.flatMap(allowStatementsOf);
  const reaches = new Map<Statement, (need: Need) => boolean>();
  const mayBy = ({ statement, ...rest }: PlacedStatement, action: string) => {
    if (!names(statement, action)) return false;
    const may =
      reaches.get(statement) ?? reachOf(holder, { ...rest, statement }, serviceControlOf(facts, holder));
    reaches.set(statement, may);
    return resourcesFor(holder, statement, action).some((resource) => may({ action, resource }));
  };
  return escalations.filter(
    ({ actions }) =>
      actions.some((action) => mayBy(placed, action)) &&
      actions.every((action) => statements.some((each) => mayBy(each, action))),
  );
}

/** Whether a statement has an action. */
function names({ Action, NotAction }: Statement, action: string): boolean {
  const isOne = (pattern: string) => wildcardMatcher(pattern.toLowerCase())(action.toLowerCase());
  return NotAction === undefined ? valuesOf(Action).some(isOne) : !valuesOf(NotAction).some(isOne);
}

/** Resources that an action can be about: those of the statement, and others of the account. */
function resourcesFor(holder: HolderFacts, { Resource }: Statement, action: string): readonly string[] {
  const { partition, accountId } = parseArn(holder.arn);
  const fill = (text: string) => text.replace(/[*?]+/g, 'another');
  const forms = resourcesOfAction(action) ?? [];
  const others = forms.map((form) =>
    form
      .replace('<Partition>', partition)
      .replace('<Account>', accountId)
      .replace('<Region>', 'us-east-1')
      .replace(/<[^>]+>/g, 'another'),
  );
  const own = valuesOf(Resource)
    .map(fill)
    .filter((each) => /^arn:([^:]*:){4}/.test(each))
    .filter((each) => forms.length === 0 || forms.some((form) => isOfForm(each, form)));
  return [...(forms.length === 0 ? ['*'] : []), ...others, ...own];
}

function isOfForm(arn: string, form: string): boolean {
  return wildcardMatcher(form.replace(/<[^>]+>/g, '*'))(arn);
}

function waysText(ways: readonly Escalation[]): string {
  const shown = ways.slice(0, 3).map(({ actions, source }) => `${actions.join(' and ')} (${source})`);
  const more = ways.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more ways` : ''}`;
}

/** The findings about the policies of a role or user. A managed policy has one: it is replaced as a whole. */
function weaknessesOf(
  facts: ReviewFacts,
  holder: HolderFacts,
  weaknessOf: (placed: PlacedStatement) => Weakness | undefined,
): Judged {
  return together(
    holder.policies.map((policy) => {
      const weak = allowStatementsOf(policy).flatMap((placed) => weaknessOf(placed) ?? []);
      const groups = isManaged(policy) && weak.length > 0 ? [weak] : weak.map((each) => [each]);
      return {
        findings: groups.flatMap((group) => findingOf(facts, holder, policy, group)),
        statements: allowStatementsOf(policy).map((placed) =>
          endingOf(
            facts,
            holder,
            placed,
            weak.some((each) => each.placed.statement === placed.statement),
          ),
        ),
      };
    }),
  );
}

function isManaged({ name }: NamedPolicy): boolean {
  return name.startsWith('arn:');
}

/** How the judgement of a statement ends, if something of it is known to be allowed without its conditions and limits. */
function endingOf(
  facts: ReviewFacts,
  holder: HolderFacts,
  { statement, where }: PlacedStatement,
  isFound: boolean,
): StatementEnding {
  const about = { where, accountId: parseArn(holder.arn).accountId, statement };
  if (isFound) return { ...about, ending: 'finding' };
  const { api, invokeRole, assumesRole } = facts;
  const calls = assumesRole && invokeRole !== undefined ? [assumption(invokeRole.arn)] : [];
  const needs = [
    ...calls,
    ...(api === undefined ? [] : [...routeNeeds(facts, api), ...functionNeeds(facts, api)]),
  ];
  if (neededOf(statement, needs).length > 0) return { ...about, ending: 'narrow' };
  const { Condition: _, ...rest } = statement;
  // Without the limits of the role or user, and without its own conditions, it allows something.
  const open = { name: 'open', document: { Version: '2012-10-17', Statement: [rest] } };
  const may = reachOf(
    { ...holder, policies: [open], boundary: undefined },
    { statement: rest, policy: open, where },
  );
  if (!requestsOf([statement]).some(may)) {
    return { ...about, ending: 'unread', reason: 'no request can be made of its actions and resources' };
  }
  // What the caller does for others is not about the call.
  return { ...about, ending: holder === facts.caller ? 'elsewhere' : 'narrow' };
}

function assumption(resource: string): Need {
  return { action: 'sts:AssumeRole', resource };
}

function findingOf(
  { recorded }: ReviewFacts,
  holder: HolderFacts,
  policy: NamedPolicy,
  group: readonly Weakness[],
): readonly Finding[] {
  const { accountId, name } = parseArn(holder.arn);
  const [worst] = group.toSorted(bySeverity);
  if (worst === undefined) return [];
  const isKnown = group.every(({ enough }) => enough !== undefined);
  const replacements = new Map(group.map(({ placed, enough = [] }) => [placed.statement, enough]));
  const next = withStatements(policy, replacements);
  const policies = holder.policies.flatMap((each) => (each === policy ? next : [each]));
  const statements = isManaged(policy) ? next.flatMap(statementsIn) : (worst.enough ?? []);
  const more = group.length - 1;
  const { where } = worst.placed;
  const placed = {
    ...worst.placed,
    where: isManaged(policy)
      ? where.replace(policy.name, `managed policy ${policy.name} of ${kindOf(holder)} ${name}`)
      : where,
  };
  const change = {
    text: textOf(worst, isManaged(policy) ? kindOf(holder) : undefined, statements),
    statements,
  };
  return [
    statementFinding(placed, {
      code: worst.code,
      severity: worst.severity,
      accountId,
      message: `${worst.message}${more === 0 ? '' : ` ${more} more of the statements of this policy ${more === 1 ? 'allows' : 'allow'} more than is needed.`}`,
      change: isKnown ? change : { text: worst.caveat ?? 'Remove what is not needed.' },
      proof: isKnown ? replayIdentity(recorded, holder, policies) : { kind: 'unproven' },
      documentation: DOCUMENTATION[worst.code] ?? LEAST_PRIVILEGE,
    }),
  ];
}

/** @param managedOf what the managed policy is attached to. Absent: the policy is not managed */
function textOf(
  { caveat }: Weakness,
  managedOf: 'role' | 'user' | undefined,
  statements: readonly Statement[],
): string {
  const isOne = statements.length === 1;
  const change =
    managedOf === undefined
      ? `${statements.length === 0 ? 'Remove the statement' : `Replace the statement by ${isOne ? 'this one' : 'these'}`}.`
      : `Detach the managed policy from the ${managedOf}${statements.length === 0 ? '' : `, and give the ${managedOf} an inline policy with ${isOne ? 'this statement' : 'these statements'}`}.`;
  return [change, ...(caveat === undefined ? [] : [caveat])].join(' ');
}

function kindOf({ arn }: HolderFacts): 'role' | 'user' {
  return arn.includes(':user/') ? 'user' : 'role';
}

/** One statement for each action, with the conditions of the present one. */
function statementsFor(needs: readonly Need[], statement: Statement): readonly Statement[] {
  const { Condition } = statement;
  return [...Map.groupBy(needs, ({ action }) => action)].map(([Action, group], index) => ({
    ...sidOf(statement, index),
    Effect: 'Allow',
    Action,
    Resource: group.length === 1 ? group[0]?.resource : group.map(({ resource }) => resource),
    ...(Condition !== undefined && { Condition }),
  }));
}

/** The `Sid` of a statement that comes from another one, which has become several. */
function sidOf({ Sid }: Statement, index: number): Statement {
  return typeof Sid === 'string' && Sid !== '' ? { Sid: index === 0 ? Sid : `${Sid}${index + 1}` } : {};
}
