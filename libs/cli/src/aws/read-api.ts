import {
  GetRestApiCommand,
  type Method,
  paginateGetResources,
  type Resource,
} from '@aws-sdk/client-api-gateway';
import type { ApiFacts, RouteFacts } from '@cross-account-api/iam';
import type { Account } from './account.ts';
import { readPolicyDocument } from './policy-document.ts';

/** Reads a REST API with its policy and all its methods, by path. */
export async function readApi(
  account: Account,
  region: string,
  apiId: string,
): Promise<ApiFacts | undefined> {
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
  return {
    apiId,
    name: api.name ?? apiId,
    accountId: account.accountId,
    region,
    privateTo: endpointConfiguration?.types?.includes('PRIVATE')
      ? (endpointConfiguration.vpcEndpointIds ?? [])
      : undefined,
    defaultEndpointDisabled: disableExecuteApiEndpoint === true,
    policy: api.policy ? { name, document: readPolicyDocument(api.policy, name) } : undefined,
    routes: resources
      .flatMap(({ path = '/', resourceMethods = {} }) =>
        Object.entries(resourceMethods).map(([method, facts]) => routeOf(method, path, facts)),
      )
      .sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method)),
  };
}

function routeOf(method: string, path: string, { authorizationType, methodIntegration }: Method): RouteFacts {
  // arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/<function ARN>/invocations
  const functionArn = /\/functions\/([^/]+)\/invocations$/.exec(methodIntegration?.uri ?? '')?.[1];
  return {
    method,
    path,
    authorizationType: authorizationType ?? 'NONE',
    functionArn,
    credentials: methodIntegration?.credentials || undefined,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
