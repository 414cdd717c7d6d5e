import { parseArn } from '@cross-account-api/iam';
import { invokeArn, routeName, sourceArn } from '@cross-account-api/iam/explanation';
import { routesOf } from '../control/own-policy-reader.ts';
import type { Directory } from '../identity/directory.ts';
import type { Deployed } from '../services/index.ts';
import { functionArn } from '../services/lambda/functions/function-name.ts';
import type { MapNode, NodeKind } from './model.ts';

/** A function. */
export interface FunctionNode extends MapNode {
  readonly roleArn: string;
}

/** A route of an API's stage. */
export interface RouteNode extends MapNode {
  readonly functionArn: string | undefined;
  /** The `aws:SourceArn` with which API Gateway invokes the function as itself. */
  readonly sourceArn: string;
  /** `caller`, or the ARN of the role with which API Gateway invokes the function. Absent: it invokes it as itself. */
  readonly credentials: string | undefined;
  /** Whether API Gateway asks for no signature. */
  readonly isUnsigned: boolean;
}

/** A user or a role. */
export interface HolderNode extends MapNode {
  readonly uniqueId: string;
}

/** The principals and resources of the map. */
export interface MapNodes {
  readonly functions: readonly FunctionNode[];
  readonly routes: readonly RouteNode[];
  readonly tables: readonly MapNode[];
  readonly roles: readonly HolderNode[];
  readonly users: readonly HolderNode[];
}

/** Lists the principals and resources of all accounts. */
export async function findNodes(directory: Directory, deployed: Deployed): Promise<MapNodes> {
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
        isUnsigned: route.authorizationType !== 'AWS_IAM',
        // A preflight has no signature, and reaches no function.
        ...(route.authorizationType === 'NONE' && !isPreflight(route) && { isOpen: true }),
      }),
    );
  });
  const holders = <Kind extends 'role' | 'user'>(
    kind: Kind,
    list: (
      accountId: string,
    ) => readonly (Pick<HolderNode, 'name' | 'uniqueId'> & { readonly arn: string; readonly path: string })[],
  ) =>
    accountIds.flatMap((accountId) =>
      list(accountId)
        .filter(({ path }) => !path.startsWith('/aws-service-role/'))
        .map(({ arn: id, name, uniqueId }): HolderNode => ({ id, kind, accountId, name, uniqueId })),
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

/** A node without what only the drawing needs. */
export function publicNode(node: MapNode): MapNode {
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
export function named(resources: readonly StackResource[]): (node: MapNode) => MapNode {
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
