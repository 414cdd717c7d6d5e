import { parseArn } from '@cross-account-api/iam';
import type { ApiFacts, HolderFacts } from '@cross-account-api/iam/explanation';
import { type Judged, together } from './endings.ts';
import { type Escalation, escalationsOf, waysText } from './escalation.ts';
import type { ReviewFacts } from './facts.ts';
import type { FindingCode, Severity } from './finding.ts';
import { sidOf, statementsFor, type Weakness, weaknessesOf } from './permission-findings.ts';
import { type Need, neededOf, otherNames, reachOf, samplesOf, serviceControlOf } from './reach.ts';
import { functionNeeds, needOf, routeNeeds, spareRoutes, spareRoutesText, stageArn } from './routes.ts';
import { type PlacedStatement, type StatementJson, valuesOf } from './statements.ts';

/** Reviews what the role that calls may do beyond the call, and which roles the caller may assume. */
export function reviewPermissions(facts: ReviewFacts): Judged {
  const { assumesRole, invokeRole, caller, api } = facts;
  const review = (
    holder: HolderFacts,
    weaknessOf: (placed: PlacedStatement, ways: readonly Escalation[]) => Weakness | undefined,
  ) => {
    const waysOf = escalationsOf(facts, holder);
    return weaknessesOf(facts, holder, (placed) => weaknessOf(placed, waysOf(placed)));
  };
  return together([
    ...(assumesRole && invokeRole !== undefined && api !== undefined
      ? [review(invokeRole, (placed, ways) => weaknessOfInvokeRole(facts, invokeRole, api, placed, ways))]
      : []),
    ...(caller === undefined
      ? []
      : [review(caller, (placed, ways) => weaknessOfCaller(facts, caller, placed, ways))]),
  ]);
}

function weaknessOfInvokeRole(
  facts: ReviewFacts,
  role: HolderFacts,
  api: ApiFacts,
  placed: PlacedStatement,
  ways: readonly Escalation[],
): Weakness | undefined {
  const { statement } = placed;
  const needs = [...routeNeeds(facts, api), ...functionNeeds(facts, api)];
  const kept = neededOf(statement, needs);
  const weak = (code: FindingCode, severity: Severity, message: string): Weakness => ({
    code,
    severity,
    message,
    placed,
    enough: statementsFor(kept, statement),
  });
  const samples = samplesOf(facts, role, placed);
  if (samples.length === 0 && ways.length === 0) return undefined;
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
  ways: readonly Escalation[],
): Weakness | undefined {
  const wide = wideCaller(facts, caller, placed);
  if (ways.length === 0) return wide;
  const { callerName } = facts;
  return {
    code: 'privilege-escalation',
    severity: 'high',
    placed,
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
    const roles = otherNames.map((name) => `arn:${partition}:iam::${accountId}:role/${name}`);
    return roles.some((resource) => may({ action: 'sts:AssumeRole', resource }))
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
  const others = otherNames.map((name) => own.replace(`:${api.apiId}/`, `:${name}/`));
  const [action, account] = ['execute-api:Invoke', `every API of account ${api.accountId}`];
  if (others.some((other) => may({ action, resource: `${other}/GET/` }))) return `call ${account}`;
  const isReached = needs
    .filter((need) => need.action === action)
    .some(({ resource }) => others.some((other) => may({ action, resource: resource.replace(own, other) })));
  return isReached ? `call the same routes of ${account}` : undefined;
}

/** The other functions that a statement reaches, in words. */
function functionsReached(api: ApiFacts, may: (need: Need) => boolean): string | undefined {
  const { partition, region, accountId } = parseArn(stageArn(api, ''));
  const action = 'lambda:InvokeFunction';
  const prefix = `arn:${partition}:lambda:${region}:${accountId}:function:`;
  return otherNames.some((name) => may({ action, resource: `${prefix}${name}` }))
    ? `invoke every function of account ${accountId}`
    : undefined;
}

/** The actions that a statement allows beside the needed ones, as a sentence. */
function unneededActions(statement: StatementJson, kept: readonly Need[]): string | undefined {
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
