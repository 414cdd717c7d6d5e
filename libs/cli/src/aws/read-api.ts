import {
  GetRestApiCommand,
  type Method,
  paginateGetResources,
  type Resource,
} from '@aws-sdk/client-api-gateway';
import {
  GetApiCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  type Integration,
} from '@aws-sdk/client-apigatewayv2';
import { isArnOf, likelyPartitionOf } from '@cross-account-api/iam';
import {
  type ApiFacts,
  DEFAULT_ROUTE,
  expandResources,
  type RouteFacts,
} from '@cross-account-api/iam/explanation';
import type { Account } from './account.ts';
import { readPolicyDocument } from './policy-document.ts';

/**
 * Reads an API with all its routes, by path: a REST API with its policy, or an HTTP API. The ID does not tell the kind. A principal
 * that may only read the APIs of one stack gets a denial for an API that does not exist. So a denial alone proves nothing.
 */
export async function readApi(
  account: Account,
  region: string,
  apiId: string,
): Promise<ApiFacts | undefined> {
  const failures: unknown[] = [];
  for (const read of [readRestApi, readHttpApi]) {
    try {
      const api = await read(account, region, apiId);
      if (api !== undefined) return api;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return undefined;
}

async function readRestApi(account: Account, region: string, apiId: string): Promise<ApiFacts | undefined> {
  const client = account.apiGateway(region);
  const api = await account.read(() => client.send(new GetRestApiCommand({ restApiId: apiId })));
  if (api === undefined) return undefined;
  const resources: Resource[] = [];
  await account.read(async () => {
    const input = { restApiId: apiId, embed: ['methods'], limit: 500 };
    for await (const page of paginateGetResources({ client }, input)) resources.push(...(page.items ?? []));
  });
  const { disableExecuteApiEndpoint, endpointConfiguration } = api;
  const name = `resource policy of API ${api.name} (${apiId})`;
  const apiArn = `arn:${likelyPartitionOf(region).name}:execute-api:${region}:${account.accountId}:${apiId}`;
  return {
    apiId,
    name: api.name ?? apiId,
    accountId: account.accountId,
    region,
    privateTo: endpointConfiguration?.types?.includes('PRIVATE')
      ? (endpointConfiguration.vpcEndpointIds ?? [])
      : undefined,
    defaultEndpointDisabled: disableExecuteApiEndpoint === true,
    policy: api.policy
      ? { name, document: expandResources(readPolicyDocument(api.policy, name), apiArn) }
      : undefined,
    routes: resources
      .flatMap(({ path = '/', resourceMethods = {} }) =>
        Object.entries(resourceMethods).map(([method, facts]) => routeOf(method, path, facts)),
      )
      .sort(byPath),
  };
}

async function readHttpApi(account: Account, region: string, apiId: string): Promise<ApiFacts | undefined> {
  const client = account.apiGatewayV2(region);
  const ApiId = apiId;
  const api = await account.read(() => client.send(new GetApiCommand({ ApiId })));
  if (api?.ProtocolType !== 'HTTP') return undefined;
  const integrations = new Map<string, Integration>();
  await account.read(async () => {
    const list = (NextToken?: string) => client.send(new GetIntegrationsCommand({ ApiId, NextToken }));
    for await (const each of itemsOf(list)) integrations.set(each.IntegrationId ?? '', each);
  });
  const routes: RouteFacts[] = [];
  await account.read(async () => {
    const list = (NextToken?: string) => client.send(new GetRoutesCommand({ ApiId, NextToken }));
    for await (const { RouteKey = DEFAULT_ROUTE, AuthorizationType = 'NONE', Target = '' } of itemsOf(list)) {
      const integration = integrations.get(Target.replace(/^integrations\//, ''));
      const [method = 'ANY', path = DEFAULT_ROUTE] = RouteKey === DEFAULT_ROUTE ? [] : RouteKey.split(' ');
      const credentials = integration?.CredentialsArn;
      const functionArn = functionOf(integration?.IntegrationUri);
      routes.push({ method, path, authorizationType: AuthorizationType, functionArn, credentials });
    }
  });
  const { accountId } = account;
  return {
    protocol: 'HTTP',
    apiId,
    name: api.Name ?? apiId,
    accountId,
    region,
    defaultEndpointDisabled: api.DisableExecuteApiEndpoint === true,
    routes: routes.sort(byPath),
  };
}

/** A page of a list of an HTTP API's parts. */
export interface ListPage<Item> {
  readonly Items?: readonly Item[] | undefined;
  readonly NextToken?: string | undefined;
}

/** The items of all pages of a list. The SDK has no paginators for HTTP APIs. */
export async function* itemsOf<Item>(
  list: (token?: string) => Promise<ListPage<Item>>,
): AsyncGenerator<Item> {
  let token: string | undefined;
  do {
    const { Items = [], NextToken } = await list(token);
    yield* Items;
    token = NextToken;
  } while (token !== undefined);
}

function routeOf(method: string, path: string, configured: Method): RouteFacts {
  const { authorizationType, apiKeyRequired, methodIntegration } = configured;
  const functionArn = functionOf(methodIntegration?.uri);
  return {
    method,
    path,
    authorizationType: authorizationType ?? 'NONE',
    ...(apiKeyRequired === true && { apiKeyRequired }),
    functionArn,
    credentials: methodIntegration?.credentials || undefined,
  };
}

/**
 * The function of an integration, named by its ARN or, in REST APIs always, by
 * `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/<function ARN>/invocations`.
 */
function functionOf(uri = ''): string | undefined {
  return (
    /\/functions\/([^/]+)\/invocations$/.exec(uri)?.[1] ??
    (isArnOf(uri, 'lambda', 'function:') ? uri : undefined)
  );
}

function byPath(a: RouteFacts, b: RouteFacts): number {
  return compare(a.path, b.path) || compare(a.method, b.method);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
