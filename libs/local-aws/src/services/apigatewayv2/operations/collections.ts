import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { paginate } from '../../../protocols/shapes.ts';
import { badRequest } from '../../apigateway/definition/errors.ts';
import { byId, nonEmpty, readOperationsOn } from '../../apigateway/operations/operation.ts';
import type { HttpApi, HttpApiStore, HttpRoute, Integration } from '../store.ts';
import { describeStage, shownDate } from './stages.ts';

const paging = {
  input: {
    maxResults: v.optional(v.pipe(v.string(), v.regex(/^\d{1,4}$/, 'Member must be a whole number'))),
    nextToken: v.optional(v.string()),
  },
  /** Without `maxResults`, the page has all of the list. */
  pageOf(
    list: readonly object[],
    input: { readonly maxResults?: string | undefined; readonly nextToken?: string | undefined },
  ) {
    const { items, next } = paginate(list, {
      size: Math.max(1, Number(input.maxResults ?? list.length)),
      token: input.nextToken,
      invalidToken: () => badRequest('Invalid nextToken specified'),
    });
    return { items, nextToken: next };
  },
};

/** The operations that list and read APIs and their parts. REST APIs' operations read the domain names, which both share. */
export function readOperations(store: HttpApiStore): readonly Operation[] {
  const reads = readOperationsOn(store, paging);
  const missing = (noun: string) => (id: string) => `Unable to find ${noun} with id ${id}`;
  return [
    ...reads({
      operations: ['GetApis', 'GetApi'],
      path: '/v2/apis',
      label: 'ApiId',
      members: (scope) => byId(store.apis(scope), ({ id }) => id),
      describe: describeApi,
      missing: (id, { accountId }) => `Invalid API identifier specified ${accountId}:${id}`,
    }),
    ...reads({
      operations: ['GetRoutes', 'GetRoute'],
      path: '/v2/apis/{ApiId}/routes',
      label: 'RouteId',
      members: (scope, apiId) => store.api(scope, apiId).routes,
      describe: describeRoute,
      missing: missing('Route'),
    }),
    ...reads({
      operations: ['GetIntegrations', 'GetIntegration'],
      path: '/v2/apis/{ApiId}/integrations',
      label: 'IntegrationId',
      members: (scope, apiId) => store.api(scope, apiId).integrations,
      describe: describeIntegration,
      missing: missing('Integration'),
    }),
    ...reads({
      operations: ['GetStages', 'GetStage'],
      path: '/v2/apis/{ApiId}/stages',
      label: 'StageName',
      members: (scope, apiId) => store.api(scope, apiId).stages,
      describe: describeStage,
      missing: (name) => `Unable to find Stage by name ${name} within the provided API`,
    }),
  ];
}

function describeApi(api: HttpApi) {
  const { cors, ...settings } = api.settings;
  return {
    apiId: api.id,
    apiEndpoint: endpointOf(api),
    protocolType: 'HTTP',
    apiKeySelectionExpression: '$request.header.x-api-key',
    routeSelectionExpression: '$request.method $request.path',
    createdDate: shownDate(api.createdDate),
    corsConfiguration: cors,
    ...settings,
    tags: nonEmpty(api.tags),
  };
}

/** The URL at which an API's stage `$default` answers. */
export function endpointOf({ id, region }: Pick<HttpApi, 'id' | 'region'>): string {
  return `https://${id}.execute-api.${region}.amazonaws.com`;
}

function describeRoute({ integrationId, ...others }: HttpRoute, routeId: string) {
  const target = integrationId && `integrations/${integrationId}`;
  return { routeId, ...others, apiKeyRequired: false, target };
}

function describeIntegration(integration: Integration, integrationId: string) {
  const { uri: integrationUri, method: integrationMethod, functionArn: _, ...others } = integration;
  return {
    integrationId,
    integrationType: 'AWS_PROXY',
    integrationUri,
    integrationMethod,
    connectionType: 'INTERNET',
    ...others,
  };
}
