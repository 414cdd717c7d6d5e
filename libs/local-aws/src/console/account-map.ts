import { type Decision, parseArn } from '@cross-account-api/iam';
import {
  answerQuestion,
  type Candidates,
  type Circumstances,
  decideQuestion,
  type PolicyReader,
  ReachIndex,
  type ReachSource,
  type ReachTarget,
  smallestRequest,
  UnknownPrincipalError,
  verdictOf,
} from '@cross-account-api/iam/explanation';
import type { Clock } from '../core/clock.ts';
import { pauser } from '../core/pauser.ts';
import { words } from '../core/words.ts';
import type { Directory } from '../identity/directory.ts';
import type { Deployed } from '../services/index.ts';
import { statementName } from '../trace/steps.ts';
import { explainDecision, type TextOptions } from './explained-decision.ts';
import { findNodes, type HolderNode, type MapNodes, named, publicNode } from './map-nodes.ts';
import type { AccountMap, ArrowEnds, ExplainedDecision, Instance, MapArrow, MapNode } from './model.ts';
import { rememberingReader } from './remembering-reader.ts';

/** The sources of the map. */
export interface MapSources {
  readonly directory: Directory;
  readonly deployed: Deployed;
  readonly reader: PolicyReader;
  readonly clock: Clock;
  readonly accounts: Instance['accounts'];
  readonly texts: TextOptions;
}

/** The actions on the items of a table that the map asks about. */
const TABLE_ACTIONS = words(
  'GetItem PutItem UpdateItem DeleteItem Query Scan BatchGetItem BatchWriteItem',
).map((operation) => `dynamodb:${operation}`);

/** More arrows are not drawn: nobody could read them. */
const MOST_ARROWS = 5_000;
/** More pairs are not decided: if each role may assume each other, the answer itself is quadratic. */
const MOST_DECIDED = 20_000;
/** More pairs are not compared: wildcards may begin as many resources do, and match none of them. */
const MOST_COMPARED = 200_000;
/** Pairs between two turns of the event loop, in which local AWS answers other requests. */
const PAIRS_A_TURN = 50;

/** Draws the current accounts: each arrow is a decision on the deployed policies. It decides only pairs that can match. */
export async function drawMap(sources: MapSources): Promise<AccountMap> {
  const { directory, deployed, accounts } = sources;
  const resources = deployed.stackResources();
  const nodes = await findNodes(directory, deployed);
  const reader = rememberingReader(sources.reader);
  const ask = asker({ ...sources, reader });
  const pause = pauser(PAIRS_A_TURN);
  const arrows: MapArrow[] = [];
  for (const pair of neededPairs(nodes)) {
    await pause();
    const answer = await ask(pair);
    if (answer !== undefined) arrows.push(arrowOf(pair, answer));
  }
  const searches = await possiblePairs(nodes, reader, pause);
  let compared = 0;
  let decided = 0;
  let unseenPairs = 0;
  const isFull = () => arrows.length >= MOST_ARROWS || decided >= MOST_DECIDED || compared >= MOST_COMPARED;
  // Principals with the fewest possible resources come first, so one with wildcards hides no other.
  for (const { candidates, pairTo } of searches.toSorted((a, b) => a.candidates.size - b.candidates.size)) {
    let own = 0;
    for (const to of candidates) {
      if (isFull()) {
        unseenPairs += candidates.size - own;
        break;
      }
      compared += 1;
      own += 1;
      await pause();
      if (to === undefined) continue;
      decided += 1;
      const pair = pairTo(to);
      const answer = await ask(pair);
      if (answer?.first.allowed === true) arrows.push(arrowOf(pair, answer));
    }
  }
  return {
    accounts,
    inert: resources
      .filter(({ isInert }) => isInert === true)
      .map(({ accountId, stackName, logicalId, type }) => ({ accountId, stackName, logicalId, type })),
    nodes: Object.values(nodes).flat().map(publicNode).map(named(resources)),
    arrows,
    unseenPairs,
  };
}

/**
 * Returns a function that explains the decision behind an arrow, with every consulted policy. It returns `undefined` if an end of
 * the arrow does not exist.
 */
export async function arrowExplainer(
  sources: MapSources,
): Promise<(ends: ArrowEnds) => Promise<ExplainedDecision | undefined>> {
  const nodes = await findNodes(sources.directory, sources.deployed);
  const reader = rememberingReader(sources.reader);
  const ask = asker({ ...sources, reader });
  const needed = new Map(neededPairs(nodes).map((pair) => [keyOf(pair), pair]));
  const possible = possiblePair(nodes);
  return async (ends) => {
    const pair = needed.get(keyOf(ends)) ?? possible(ends);
    const answer = pair && (await ask(pair));
    if (pair === undefined || answer === undefined) return undefined;
    const { action, context } = answer.first;
    const circumstances = circumstancesOf(sources, context);
    const { decision, remedies } = await answerQuestion(questionOf(pair, action), reader, circumstances);
    return explainDecision(decision, remedies, sources.texts);
  };
}

function keyOf({ from, to }: ArrowEnds): string {
  return `${from} ${to}`;
}

/** One node may do something to another. */
interface Pair {
  readonly from: string;
  readonly to: string;
  /** Default: `from`. */
  readonly principal?: string;
  /** The actions to ask about. Actions with the same decision share one arrow. */
  readonly actions: readonly string[];
  readonly context?: Readonly<Record<string, string>> | undefined;
}

/** The permissions without which a function cannot run, or a route cannot invoke its function. Each has an arrow. */
function neededPairs({ functions, routes }: MapNodes): Pair[] {
  return [
    ...functions.map(({ id, roleArn }) => ({
      from: id,
      to: roleArn,
      principal: 'lambda.amazonaws.com',
      actions: ['sts:AssumeRole'],
    })),
    ...routes.flatMap(({ id, functionArn: to, sourceArn: source, accountId, credentials }): Pair[] => {
      // With the caller's credentials, each caller has a decision.
      if (to === undefined || credentials === 'caller') return [];
      const base = { from: id, to, actions: ['lambda:InvokeFunction'] };
      if (credentials !== undefined) return [{ ...base, principal: credentials }];
      const context = { 'aws:SourceArn': source, 'aws:SourceAccount': accountId };
      return [{ ...base, principal: 'apigateway.amazonaws.com', context }];
    }),
  ];
}

/** A kind of resource that principals may use, with the actions that use it. */
interface Use {
  readonly targets: readonly MapNode[];
  readonly sources: readonly HolderNode[];
  readonly actions: readonly string[];
}

function usesOf({ functions, routes, roles, tables, users }: MapNodes) {
  return {
    functions: { targets: functions, sources: [...users, ...roles], actions: ['lambda:InvokeFunction'] },
    roles: { targets: roles, sources: roles, actions: ['sts:AssumeRole'] },
    routes: {
      targets: routes.filter(({ isUnsigned }) => !isUnsigned),
      sources: roles,
      actions: ['execute-api:Invoke'],
    },
    tables: { targets: tables, sources: roles, actions: TABLE_ACTIONS },
  } satisfies Record<string, Use>;
}

/** Returns a function that makes the pair of a principal and a resource. */
function pairer({ functions }: MapNodes, { actions }: Use): (from: string, to: string) => Pair {
  const runs = new Map(functions.toReversed().map((one) => [one.roleArn, one]));
  return (from, to) => {
    const own = runs.get(from);
    const context = {
      ...(own && { 'lambda:SourceFunctionArn': own.id }),
      ...(actions.includes('sts:AssumeRole') && { 'sts:RoleSessionName': own?.name ?? 'session' }),
    };
    return { from, to, actions, context };
  };
}

/** Returns a function that makes the pair of any principal and resource of the map. */
function possiblePair(nodes: MapNodes): (ends: ArrowEnds) => Pair | undefined {
  const uses = Object.values(usesOf(nodes)).map((use) => ({
    sources: new Set(use.sources.map(({ id }) => id)),
    targets: new Set(use.targets.map(({ id }) => id)),
    pair: pairer(nodes, use),
  }));
  return ({ from, to }) =>
    uses.find(({ sources, targets }) => sources.has(from) && targets.has(to))?.pair(from, to);
}

/** A principal, and the resources of a kind that it can possibly use. */
interface Search {
  readonly candidates: Candidates;
  pairTo(to: string): Pair;
}

async function possiblePairs(
  nodes: MapNodes,
  reader: PolicyReader,
  pause: () => Promise<void> | undefined,
): Promise<Search[]> {
  const uses = usesOf(nodes);
  const policies = {
    functions: (arn: string) => reader.functionPolicy(arn),
    roles: async (arn: string) => (await reader.role(arn))?.trust,
    routes: async (arn: string) => (await reader.api(apiIn(arn)))?.policy,
    tables: async () => undefined,
  };
  const known = new Map<string, ReachSource>();
  for (const { id: arn, kind, accountId, uniqueId } of [...nodes.users, ...nodes.roles]) {
    await pause();
    const holder = await (kind === 'user' ? reader.user(arn) : reader.role(arn));
    if (holder !== undefined) known.set(arn, { arn, accountId, uniqueId, policies: holder.policies });
  }
  const searches: Search[] = [];
  for (const kind of ['functions', 'roles', 'routes', 'tables'] as const) {
    const { targets, sources, actions } = uses[kind];
    const found: ReachTarget[] = [];
    for (const { id, accountId } of targets) {
      await pause();
      found.push({ id, accountId, policy: await policies[kind](id) });
    }
    const index = new ReachIndex(actions, found, { demandsPolicy: kind === 'roles' });
    const pair = pairer(nodes, uses[kind]);
    for (const { id: from } of sources) {
      const source = known.get(from);
      if (source === undefined) continue;
      await pause();
      searches.push({ candidates: others(index.candidates(source), from), pairTo: (to) => pair(from, to) });
    }
  }
  return searches;
}

/** No role is drawn with an arrow to itself. */
function others(candidates: Candidates, self: string): Candidates {
  return {
    size: candidates.size,
    *[Symbol.iterator]() {
      for (const each of candidates) yield each === self ? undefined : each;
    },
  };
}

function apiIn(routeArn: string) {
  const { accountId, region, resource } = parseArn(routeArn);
  return { accountId, region, apiId: resource.split('/')[0] ?? '' };
}

type Context = Readonly<Record<string, string>>;

/** The answer for one of the actions of a pair. */
interface Asked {
  readonly action: string;
  readonly allowed: boolean;
  readonly verdict: string;
  readonly through: readonly string[];
  /** The condition keys that a client would have to send, if nothing else is missing. */
  readonly needs: Context;
  /** The context of the decision, with {@link needs}. */
  readonly context: Context;
}

/** The answers about a pair. */
interface Answers {
  readonly first: Asked;
  /** The allowed actions. */
  readonly actions: readonly string[];
}

function arrowOf({ from, to }: Pair, { first, actions }: Answers): MapArrow {
  const { action, allowed, verdict, through, needs } = first;
  return { from, to, actions: allowed ? actions : [action], allowed, verdict, through, needs };
}

/** Returns a function that asks the engine of `explain`. It returns `undefined` if the principal was deleted meanwhile. */
function asker(sources: Pick<MapSources, 'reader' | 'clock'>) {
  const decided = async (pair: Pair, action: string): Promise<Asked> => {
    const { context = {} } = pair;
    const asked = questionOf(pair, action);
    const { decision, facts } = await decideQuestion(
      asked,
      sources.reader,
      circumstancesOf(sources, context),
    );
    // The client chooses these keys: with the right values, is it allowed?
    const needs = (facts.exists ? smallestRequest(decision) : undefined) ?? {};
    if (Object.keys(needs).length === 0) return { action, ...summaryOf(decision), needs, context };
    const given = { ...context, ...needs };
    const again = await decideQuestion(asked, sources.reader, circumstancesOf(sources, given));
    return { action, ...summaryOf(again.decision), needs, context: given };
  };
  return async (pair: Pair): Promise<Answers | undefined> => {
    try {
      const answers: Asked[] = [];
      for (const action of pair.actions) answers.push(await decided(pair, action));
      const chosen = answers.filter(({ allowed }) => allowed);
      const [first] = chosen.length > 0 ? chosen : answers;
      return first && { first, actions: chosen.map(({ action }) => action) };
    } catch (error) {
      // All others are still drawn.
      if (error instanceof UnknownPrincipalError) return undefined;
      throw error;
    }
  };
}

function questionOf({ from, to, principal = from }: Pair, action: string) {
  return { principal, action, resource: to, region: parseArn(to).region };
}

function circumstancesOf({ clock }: Pick<MapSources, 'clock'>, context: Context): Circumstances {
  return { context, sessionPolicies: [], now: clock.now() };
}

function summaryOf(decision: Decision): Pick<Asked, 'allowed' | 'verdict' | 'through'> {
  return {
    allowed: decision.allowed,
    verdict: verdictOf(decision),
    through: decision.allowed ? [...new Set(decision.decidedBy.map(statementName))] : [],
  };
}
