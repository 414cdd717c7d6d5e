import { type ApiFacts, type HolderFacts, parseArn } from '@cross-account-api/iam';
import type { ReviewFacts } from './facts.ts';
import { type Finding, type FindingCode, type Severity, severities, statementFinding } from './finding.ts';
import { mayDo, type Need, neededOf } from './reach.ts';
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

/** A statement that allows more than the call needs. */
interface Weakness extends Pick<Finding, 'code' | 'severity' | 'message'> {
  readonly placed: PlacedStatement;
  /** The statements that are enough. */
  readonly enough: readonly Statement[];
  /** What the change leaves to the reader, as a sentence. */
  readonly caveat?: string;
}

/** Reviews what the role that calls may do beyond the call, and which roles the caller may assume. */
export function reviewPermissions(facts: ReviewFacts): readonly Finding[] {
  const { assumesRole, invokeRole, caller, api } = facts;
  return [
    ...(assumesRole && invokeRole !== undefined && api !== undefined
      ? weaknessesOf(facts, invokeRole, (placed) => weaknessOfInvokeRole(facts, invokeRole, api, placed))
      : []),
    ...(caller === undefined
      ? []
      : weaknessesOf(facts, caller, (placed) => weaknessOfCaller(facts, caller, placed))),
  ];
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
  const samples = samplesOf(role, placed);
  if (samples.length === 0) return undefined;
  if (kept.length === 0) {
    const message = 'The call needs nothing of this, and whoever assumes the role may do it.';
    return weak('unneeded-permissions', 'medium', message);
  }
  const may = (need: Need) => mayDo(role, placed, need);
  const reached = [apisReached(facts, api, kept, may), functionsReached(api, may)].filter(
    (each) => each !== undefined,
  );
  if (reached.length > 0) {
    const message = `Whoever assumes the role may ${reached.join(' and ')}, not only what is behind this API.`;
    return weak('permissions-on-everything', 'high', message);
  }
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
  const { assumesRole, invokeRole, callerName, api } = facts;
  const may = (need: Need) => mayDo(caller, placed, need);
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

/**
 * Samples of what a role may do by a statement. None if a Deny or the permissions boundary leaves nothing of it. A wildcard has one
 * value, and those of the boundary.
 */
function samplesOf(role: HolderFacts, placed: PlacedStatement): readonly Need[] {
  const limits = [placed, ...(role.boundary === undefined ? [] : allowStatementsOf(role.boundary))];
  const fill = (text: string) => text.replace(/[*?]+/g, 'another');
  const named = (element: 'Action' | 'Resource') =>
    limits.flatMap(({ statement }) => valuesOf(statement[element])).filter((each) => each.includes(':'));
  const resources = ['arn:aws:another:::another', ...named('Resource').map(fill)];
  return ['another:Another', ...named('Action').map(fill)].flatMap((action) =>
    resources.map((resource) => ({ action, resource })).filter((need) => mayDo(role, placed, need)),
  );
}

/** The findings about the policies of a role or user. A managed policy has one: it is replaced as a whole. */
function weaknessesOf(
  { recorded }: ReviewFacts,
  holder: HolderFacts,
  weaknessOf: (placed: PlacedStatement) => Weakness | undefined,
): readonly Finding[] {
  const { accountId, name } = parseArn(holder.arn);
  return holder.policies.flatMap((policy) => {
    const weak = allowStatementsOf(policy).flatMap((placed) => weaknessOf(placed) ?? []);
    const isManaged = policy.name.startsWith('arn:');
    return (isManaged && weak.length > 0 ? [weak] : weak.map((each) => [each])).flatMap((group) => {
      const [worst] = group.toSorted(
        (a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity),
      );
      if (worst === undefined) return [];
      const replacements = new Map(group.map(({ placed, enough }) => [placed.statement, enough]));
      const next = withStatements(policy, replacements);
      const policies = holder.policies.flatMap((each) => (each === policy ? next : [each]));
      const statements = isManaged ? next.flatMap(statementsIn) : worst.enough;
      const more = group.length - 1;
      const { where } = worst.placed;
      const placed = {
        ...worst.placed,
        where: isManaged
          ? where.replace(policy.name, `managed policy ${policy.name} of ${kindOf(holder)} ${name}`)
          : where,
      };
      return statementFinding(placed, {
        code: worst.code,
        severity: worst.severity,
        accountId,
        message: `${worst.message}${more === 0 ? '' : ` ${more} more of the statements of this policy ${more === 1 ? 'allows' : 'allow'} more than is needed.`}`,
        change: { text: textOf(worst, isManaged ? kindOf(holder) : undefined, statements), statements },
        proof: replayIdentity(recorded, holder, policies),
        documentation: worst.code === 'unneeded-permissions' ? GRANT_LEAST : LEAST_PRIVILEGE,
      });
    });
  });
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
