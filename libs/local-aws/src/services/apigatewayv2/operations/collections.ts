import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { accessLog } from '../../apigateway/definition/stage-settings.ts';
import { nonEmpty, operationsOn, readOperationsOn } from '../../apigateway/operations/operation.ts';
import type { HttpApi, HttpApiStore, HttpRoute, HttpStage } from '../store.ts';

/** A limit of requests per second, or of a burst. */
export const throttlingLimit = v.optional(
  v.pipe(v.number(), v.minValue(0, 'a throttling limit is a number of at least 0')),
);

const routeSettings = v.object({
  throttlingBurstLimit: throttlingLimit,
  throttlingRateLimit: throttlingLimit,
});

/** The operations on APIs and their parts. The operations of REST APIs read the domain names, which both share. */
export function httpApiOperations(store: HttpApiStore): readonly ServiceOperation[] {
  const reads = readOperationsOn(store, { input: {}, pageOf: (items) => ({ items }) });
  const missing = (noun: string) => (id: string) => `Unable to find ${noun} with id ${id}`;
  return [
    ...reads({
      operations: ['GetApis', 'GetApi'],
      path: '/v2/apis/{ApiId}',
      members: (scope) => store.all(scope),
      describe: describeApi,
      missing: store.kind.missing,
    }),
    ...reads({
      operations: ['GetRoutes', 'GetRoute'],
      path: '/v2/apis/{ApiId}/routes/{RouteId}',
      members: (scope, apiId) => store.get(scope, apiId).routes,
      describe: describeRoute,
      missing: missing('Route'),
    }),
    ...reads({
      operations: ['GetIntegrations', 'GetIntegration'],
      path: '/v2/apis/{ApiId}/integrations/{IntegrationId}',
      members: (scope, apiId) => store.get(scope, apiId).integrations,
      describe: ({ functionArn: _, ...integration }, integrationId) => ({
        integrationId,
        integrationType: 'AWS_PROXY',
        connectionType: 'INTERNET',
        ...integration,
      }),
      missing: missing('Integration'),
    }),
    ...reads({
      operations: ['GetStages', 'GetStage'],
      path: '/v2/apis/{ApiId}/stages/{StageName}',
      members: (scope, apiId) => store.get(scope, apiId).stages,
      describe: describeStage,
      missing: store.kind.missingStage,
    }),
    operationsOn(store)('UpdateStage', {
      http: 'PATCH /v2/apis/{ApiId}/stages/{StageName}',
      input: v.object({
        ApiId: v.string(),
        StageName: v.string(),
        defaultRouteSettings: v.optional(routeSettings, {}),
        routeSettings: v.optional(v.record(v.string(), routeSettings), {}),
        accessLogSettings: v.optional(
          v.object({ destinationArn: v.optional(v.string()), format: v.optional(v.string()) }),
        ),
      }),
      handle({ ApiId, StageName, ...given }, call) {
        const api = store.get(call, ApiId);
        const stage: HttpStage = store.stage(api, StageName);
        const { settings } = stage;
        const routes = Object.entries(given.routeSettings);
        const accessLogSettings =
          given.accessLogSettings === undefined
            ? settings.accessLogSettings
            : accessLog({ ...settings.accessLogSettings, ...defined(given.accessLogSettings) });
        const { accessLogSettings: _, ...others } = settings;
        store.updateStage(api, stage, {
          ...others,
          ...defined({ accessLogSettings }),
          defaultRouteSettings: { ...settings.defaultRouteSettings, ...defined(given.defaultRouteSettings) },
          routeSettings: new Map([
            ...settings.routeSettings,
            ...routes.map(([key, each]) => [key, defined(each)] as const),
          ]),
        });
        return describeStage(stage);
      },
    }),
  ];
}

function describeApi(api: HttpApi) {
  return {
    apiId: api.id,
    apiEndpoint: endpointOf(api),
    protocolType: 'HTTP',
    apiKeySelectionExpression: '$request.header.x-api-key',
    routeSelectionExpression: '$request.method $request.path',
    createdDate: shownDate(api.createdDate),
    ...api.settings,
    tags: nonEmpty(api.tags),
  };
}

/** The URL of an API's stage `$default`. */
export function endpointOf({ id, region }: Pick<HttpApi, 'id' | 'region'>): string {
  return `https://${id}.execute-api.${region}.amazonaws.com`;
}

function describeRoute({ integrationId, ...others }: HttpRoute, routeId: string) {
  const target = integrationId && `integrations/${integrationId}`;
  return { routeId, ...others, apiKeyRequired: false, target };
}

function describeStage({ settings, deployment, ...stage }: HttpStage) {
  const { variables, ...others } = settings;
  return {
    ...stage,
    ...others,
    autoDeploy: true,
    deploymentId: deployment?.id,
    createdDate: shownDate(stage.createdDate),
    lastUpdatedDate: shownDate(stage.lastUpdatedDate),
    routeSettings: Object.fromEntries(settings.routeSettings),
    stageVariables: variables,
    tags: nonEmpty(stage.tags),
  };
}

function shownDate(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
