import { type ConditionKeys, parseArn } from '@cross-account-api/iam';
import type { ApiFacts, Circumstances, FunctionFacts } from '@cross-account-api/iam/explanation';
import { find } from '../aws/find.ts';
import type { ChainReader } from '../aws/policy-reader.ts';
import { findRoute } from './find-route.ts';
import { type About, type Chain, chainOf, type Link, notRead } from './link.ts';
import { assumeInvokeRole } from './links/assume-role.ts';
import { judgeDeployment } from './links/deployment.ts';
import { judgeEndpoint } from './links/endpoint.ts';
import { runAsRole } from './links/function-role.ts';
import { acceptInvocations } from './links/function-state.ts';
import { invokeFunction } from './links/invoke-function.ts';
import { invokeRoute } from './links/invoke-route.ts';
import { sessionOfLength } from './links/session-length.ts';
import { judgeSignature } from './links/signature.ts';
import { judgeThrottling } from './links/throttling.ts';
import { outsideVpc, passVpcEndpoint } from './links/vpc-endpoint.ts';
import {
  type ApiWalk,
  type CallerSide,
  type CallingPrincipal,
  callerAccountOf,
  isFunction,
  type Pair,
  type UnreadOrganizations,
  type Walk,
} from './pair.ts';

/**
 * Walks the chain: Lambda accepts invocations of the caller and runs it as its role, if it is a function; that role assumes the invoke role, if there is one;
 * the role calls each route; API Gateway invokes the function behind it; Lambda accepts that, and runs the function as its role. Each link is
 * decided as if those before it held, so that everything that is broken shows at once.
 * @throws {Error} if AWS cannot be reached, or a profile has no credentials
 */
export async function walkChain(
  pair: Pair<CallingPrincipal>,
  reader: ChainReader,
  circumstances: Circumstances,
  organizations?: UnreadOrganizations,
): Promise<Chain> {
  const walk: ApiWalk = { pair, reader, circumstances, organizations, region: pair.api.region };
  const { links, sent } = await callerLinks(walk);
  return chainOf([...links, ...(await apiLinks({ ...walk, sent }))]);
}

/**
 * Walks the chain as far as the session of the role that the caller assumes.
 * @param region of STS, for a caller that is not a function
 * @throws {Error} as {@link walkChain}
 */
export async function walkCaller(
  pair: CallerSide,
  region: string,
  reader: ChainReader,
  circumstances: Circumstances,
  organizations?: UnreadOrganizations,
): Promise<Chain> {
  const { links } = await callerLinks({ pair, reader, circumstances, organizations, region });
  return chainOf(links);
}

/** @returns the links as far as the session, and what the caller sends with the changes of these links */
async function callerLinks(
  walk: Walk,
): Promise<{ readonly links: readonly Link[]; readonly sent: ConditionKeys }> {
  const { caller, invokeRoleArn, sessionSeconds } = walk.pair;
  const links: Link[] = [];
  if (isFunction(caller)) {
    // The link about the role says that the function was not read.
    if (caller.kind === 'function') links.push(await acceptInvocations(walk, caller));
    links.push(await runAsRole(walk, caller));
  }
  if (invokeRoleArn === undefined) return { links, sent: walk.circumstances.context };
  const assumed = await assumeInvokeRole(walk, invokeRoleArn);
  links.push(...assumed.links);
  if (sessionSeconds !== undefined) links.push(await sessionOfLength(walk, invokeRoleArn, sessionSeconds));
  return { links, sent: assumed.sent };
}

async function apiLinks(walk: ApiWalk): Promise<Link[]> {
  const { pair, reader } = walk;
  const { api, reading, stage } = pair;
  const { served } = reading;
  const asked = pair.asked ?? api.routes;
  const links: Link[] = [];
  if (pair.signedFor !== undefined && pair.caller.kind !== 'unsigned') {
    links.push(judgeSignature(pair.signedFor, api.region, callerAccountOf(pair.caller)));
  }
  if (reading.known === 'ID') {
    const about: About = { kind: 'deployment', title: `stage ${stage} of API ${api.apiId} serves the call` };
    for (const route of asked) links.push(await invokeRoute(walk, route, undefined));
    return [
      ...links,
      notRead(about, reading.unread, 'Neither were its limits and its permission to invoke the function.'),
    ];
  }
  if (pair.address !== undefined) links.push(judgeEndpoint(api, stage, pair.address));
  if (served !== undefined) links.push(...asked.map((route) => judgeDeployment(route, api, served)));
  if (reading.unread !== undefined) {
    links.push(notRead({ kind: 'deployment', title: `stage ${stage} serves the call` }, reading.unread));
  }
  const routes = asked.flatMap((route) => {
    const configured = findRoute(route, api.routes);
    const { authorizationType } = (served && findRoute(route, served.routes)) ?? configured ?? {};
    return authorizationType === undefined
      ? []
      : [{ route, configured: { ...route, ...configured, authorizationType } }];
  });
  if (api.privateTo !== undefined) {
    if (pair.caller.kind === 'function' && pair.caller.inVpc === false) links.push(outsideVpc(pair.caller));
    for (const { route } of routes) links.push(...(await passVpcEndpoint(walk, route)));
  }
  for (const { route, configured } of routes) links.push(await invokeRoute(walk, route, configured));
  if (served !== undefined) links.push(...routes.map(({ route }) => judgeThrottling(route, api, served)));

  const functions = new Map<string, FunctionFacts>();
  const targets = new Map<string, FunctionFacts>();
  for (const { configured } of routes) {
    if (configured.functionArn === undefined) continue;
    const functionArn = withVariables(configured.functionArn, served?.variables ?? {});
    const target = await find(parseArn(functionArn).accountId, () => reader.function(functionArn));
    if (target.facts !== undefined) {
      functions.set(target.facts.arn, target.facts);
      targets.set(functionArn, target.facts);
    }
    links.push(await invokeFunction(walk, configured, functionArn, target));
  }
  for (const [arn, { state }] of targets) {
    links.push(await acceptInvocations(walk, { arn, state }, answerTo(api)));
  }
  for (const target of functions.values()) links.push(await runAsRole(walk, { kind: 'function', ...target }));
  return links;
}

/** Stage variables in the URI of an integration: `${stageVariables.name}`. */
function withVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{stageVariables\.(\w+)\}/g, (whole, name: string) => variables[name] ?? whole);
}

/**
 * What API Gateway answers if Lambda does not accept an invocation, e.g. as it throttles. Of an HTTP API, AWS documents no status.
 * Source: https://repost.aws/questions/QUfI6bsdd0SOiPeyimzxSkfQ (2026-12)
 */
function answerTo({ protocol }: ApiFacts): string {
  return protocol === 'HTTP'
    ? 'API Gateway answers the call with an error of its own.'
    : 'API Gateway answers the call 500 Internal Server Error.';
}
