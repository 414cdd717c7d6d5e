import {
  answerQuestion,
  invokeArn,
  type PolicyReader,
  parseArn,
  type QuestionAnswer,
  routeName,
  sourceArn,
  UnknownPrincipalError,
} from '@cross-account-api/iam';
import { routesOf } from '../control/own-policy-reader.ts';
import type { Clock } from '../core/clock.ts';
import { words } from '../core/words.ts';
import type { Directory } from '../identity/directory.ts';
import type { Deployed } from '../services/index.ts';
import { functionArn } from '../services/lambda/functions/function-name.ts';
import { explainDecision, type TextOptions } from './explained-decision.ts';
import type { AccountMap, Instance, MapArrow, MapNode, NodeKind } from './model.ts';

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

interface FunctionNode extends MapNode {
  readonly roleArn: string;
}

interface RouteNode extends MapNode {
  readonly functionArn: string | undefined;
  /** The `aws:SourceArn` with which API Gateway invokes the function as itself. */
  readonly sourceArn: string;
  /** `caller`, or the ARN of the role with which API Gateway invokes the function. Absent: it invokes it as itself. */
  readonly credentials: string | undefined;
  /** Whether API Gateway asks for no signature. */
  readonly isUnsigned: boolean;
}

/** Draws the current accounts: each arrow is a decision on the deployed policies. */
export async function drawMap(sources: MapSources): Promise<AccountMap> {
  const resources = sources.deployed.stackResources();
  const nodes = await findNodes(sources);
  const { functions, routes, roles, users, tables } = nodes;
  const ask = asker(sources);
  const sessions = roles.map((role) => ({
    role,
    runs: functions.find(({ roleArn }) => roleArn === role.id),
  }));
  const wanted = [
    ...functions.map(({ id, roleArn }) =>
      ask({ from: id, to: roleArn, principal: 'lambda.amazonaws.com', actions: ['sts:AssumeRole'] }),
    ),
    ...routes.flatMap(({ id, functionArn: to, sourceArn: source, accountId, credentials }) => {
      // With the caller's credentials, each caller has a decision.
      if (to === undefined || credentials === 'caller') return [];
      if (credentials !== undefined) {
        return [ask({ from: id, to, principal: credentials, actions: ['lambda:InvokeFunction'] })];
      }
      const context = { 'aws:SourceArn': source, 'aws:SourceAccount': accountId };
      const principal = 'apigateway.amazonaws.com';
      return [ask({ from: id, to, principal, actions: ['lambda:InvokeFunction'], context })];
    }),
  ];
  const possible = [
    ...users.flatMap(({ id }) =>
      functions.map(({ id: to }) => ask({ from: id, to, actions: ['lambda:InvokeFunction'] })),
    ),
    ...sessions.flatMap(({ role: { id: from }, runs }) => {
      const context = runs && { 'lambda:SourceFunctionArn': runs.id };
      const session = { ...context, 'sts:RoleSessionName': runs?.name ?? 'session' };
      return [
        ...roles
          .filter(({ id }) => id !== from)
          .map(({ id: to }) => ask({ from, to, actions: ['sts:AssumeRole'], context: session })),
        ...routes
          .filter(({ isUnsigned }) => !isUnsigned)
          .map(({ id: to }) => ask({ from, to, actions: ['execute-api:Invoke'], context })),
        ...functions.map(({ id: to }) => ask({ from, to, actions: ['lambda:InvokeFunction'], context })),
        ...tables.map(({ id: to }) => ask({ from, to, actions: TABLE_ACTIONS, context })),
      ];
    }),
  ];
  const [broken, allowed] = await Promise.all([Promise.all(wanted), Promise.all(possible)]);
  return {
    accounts: sources.accounts,
    inert: resources
      .filter(({ isInert }) => isInert === true)
      .map(({ accountId, stackName, logicalId, type }) => ({ accountId, stackName, logicalId, type })),
    nodes: [users, functions, roles, routes, tables].flat().map(publicNode).map(named(resources)),
    arrows: [...broken.flat(), ...allowed.flat().filter(({ decision }) => decision.allowed)],
  };
}

async function findNodes({ directory, deployed }: MapSources) {
  const { accountIds } = directory;
  const functions = deployed.functions.all().map(({ accountId, region, name, latest }): FunctionNode => {
    const id = functionArn({ accountId, region, name });
    return { id, kind: 'function', accountId, name, roleArn: latest.settings.Role };
  });
  const routes = deployed.stages().flatMap((stage) => {
    const { apiId, apiName, accountId, region, stageName } = stage;
    const stageArn = `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stageName}`;
    return routesOf(stage).map(
      (route): RouteNode => ({
        id: invokeArn(stageArn, route),
        kind: 'route',
        accountId,
        name: routeName(route),
        api: `${apiName}, stage ${stageName}`,
        functionArn: route.functionArn,
        sourceArn: sourceArn(stageArn, route),
        credentials: route.credentials,
        isUnsigned: route.authorizationType === 'NONE',
        // A preflight has no signature, and reaches no function.
        ...(route.authorizationType === 'NONE' && !isPreflight(route) && { isOpen: true }),
      }),
    );
  });
  const holders = <Kind extends 'role' | 'user'>(
    kind: Kind,
    list: (
      accountId: string,
    ) => readonly { readonly arn: string; readonly name: string; readonly path: string }[],
  ) =>
    accountIds.flatMap((accountId) =>
      list(accountId)
        .filter(({ path }) => !path.startsWith('/aws-service-role/'))
        .map(({ arn: id, name }): MapNode => ({ id, kind, accountId, name })),
    );
  const tables = (await deployed.tables()).map((id): MapNode => {
    const { accountId, name } = parseArn(id);
    return { id, kind: 'table', accountId, name };
  });
  return {
    functions,
    routes,
    tables,
    roles: holders('role', (accountId) => directory.roles.list(accountId)),
    users: holders('user', (accountId) => directory.users.list(accountId)),
  };
}

function isPreflight({
  method,
  functionArn,
}: {
  readonly method: string;
  readonly functionArn?: string | undefined;
}): boolean {
  return method === 'OPTIONS' && functionArn === undefined;
}

function publicNode(node: MapNode): MapNode {
  const { id, kind, accountId, name, api, isOpen, roleArn } = node;
  return {
    id,
    kind,
    accountId,
    name,
    ...(api !== undefined && { api }),
    ...(isOpen && { isOpen }),
    ...(roleArn !== undefined && { roleArn }),
  };
}

type StackResource = ReturnType<Deployed['stackResources']>[number];

const resourceTypes: Readonly<Partial<Record<NodeKind, string>>> = {
  function: 'AWS::Lambda::Function',
  role: 'AWS::IAM::Role',
  table: 'AWS::DynamoDB::Table',
};

/** Returns a function that gives a node the name that it has in the template of its stack. */
function named(resources: readonly StackResource[]): (node: MapNode) => MapNode {
  const known = new Map(
    resources.map((one) => [`${one.type} ${one.accountId} ${one.physicalId}`, nameInStack(one)]),
  );
  return (node) => {
    const logicalName = known.get(`${resourceTypes[node.kind]} ${node.accountId} ${node.name}`);
    return logicalName === undefined || logicalName === node.name ? node : { ...node, logicalName };
  };
}

/**
 * The part of a name that the stack's name does not give: `messages` for `api-local-messages`. CloudFormation names a resource
 * `<stack>-<logical ID>-<random>`. The Serverless Framework makes the logical ID of a function from the function's name.
 */
export function nameInStack(resource: Pick<StackResource, 'stackName' | 'logicalId' | 'physicalId'>): string {
  const { stackName, logicalId, physicalId } = resource;
  const prefix = `${stackName}-`;
  if (physicalId.startsWith(prefix) && !physicalId.startsWith(`${prefix}${logicalId}-`)) {
    return physicalId.slice(prefix.length);
  }
  const [, ofFunction] = /^(.+?)(?:LambdaFunction|IamRoleLambdaExecution)$/.exec(logicalId) ?? [];
  return ofFunction === undefined ? logicalId : ofFunction.charAt(0).toLowerCase() + ofFunction.slice(1);
}

interface Wanted {
  readonly from: string;
  readonly to: string;
  /** Default: `from`. */
  readonly principal?: string;
  /** The actions to ask about. Actions with the same decision share one arrow. */
  readonly actions: readonly string[];
  readonly context?: Readonly<Record<string, string>> | undefined;
}

/** Returns a function that asks the engine of `explain`. */
function asker({ reader, clock, texts }: MapSources) {
  return async ({ from, to, principal = from, actions, context = {} }: Wanted): Promise<MapArrow[]> => {
    const asked = async (action: string) => {
      const question = { principal, action, resource: to, region: parseArn(to).region };
      const circumstances = { context, sessionPolicies: [], now: clock.now() };
      const answer = await answerQuestion(question, reader, circumstances);
      const needs = requestOf(answer);
      if (Object.keys(needs).length === 0) return { action, answer, needs };
      // The client chooses these keys: with the right values, is it allowed?
      const given = { ...circumstances, context: { ...context, ...needs } };
      return { action, answer: await answerQuestion(question, reader, given), needs };
    };
    const answers = await Promise.all(actions.map(asked)).catch((error: unknown) => {
      // A principal may have been deleted meanwhile. All others are still drawn.
      if (error instanceof UnknownPrincipalError) return [];
      throw error;
    });
    const chosen = answers.filter(({ answer }) => answer.decision.allowed);
    const [first] = chosen.length > 0 ? chosen : answers;
    if (first === undefined) return [];
    const explained = explainDecision(first.answer.decision, first.answer.remedies, texts);
    return [{ from, to, actions: chosen.map(({ action }) => action), needs: first.needs, ...explained }];
  };
}

/** The condition keys that a client would have to send, if nothing else is missing. */
function requestOf({ remedies }: QuestionAnswer): Record<string, string> {
  const changes = remedies.flatMap((remedy) => (remedy.change === 'request' ? [remedy] : []));
  if (changes.length < remedies.length) return {};
  return Object.fromEntries(changes.map(({ key, value }) => [key, value]));
}
