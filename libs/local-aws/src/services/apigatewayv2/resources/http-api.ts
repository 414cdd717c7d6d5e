import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { badRequest } from '../../apigateway/definition/errors.ts';
import {
  type Given,
  IPV4_ONLY,
  off,
  stringMap,
  structure,
  uncapitalized,
  unsupported,
} from '../../apigateway/definition/properties.ts';
import { accessLog } from '../../apigateway/definition/stage-settings.ts';
import { ownerType, partType } from '../../apigateway/resources/owners-and-parts.ts';
import type { ResourceType } from '../../resource-type.ts';
import { integrationOf, integrationProperties, routeOf, routeProperties } from '../definition/routes.ts';
import { endpointOf, throttlingLimit } from '../operations/collections.ts';
import type { HttpApiSettings, HttpApiStore, HttpStageSettings } from '../store.ts';

const ApiId = v.string();
const text = v.optional(v.string());
const EXECUTION_LOGS = 'execution logs: HTTP APIs have access logs only';

const strings = v.optional(v.array(v.string()));

const apiProperties = v.strictObject({
  Name: v.pipe(v.string(), v.minLength(1)),
  ProtocolType: v.literal('HTTP', 'local AWS does not support WebSocket APIs: ProtocolType must be HTTP.'),
  Description: v.optional(v.string()),
  Version: v.optional(v.string()),
  CorsConfiguration: v.optional(
    structure({
      AllowCredentials: v.optional(v.boolean()),
      AllowHeaders: strings,
      AllowMethods: strings,
      AllowOrigins: strings,
      ExposeHeaders: strings,
      MaxAge: v.optional(v.pipe(v.number(), v.minValue(-1), v.maxValue(86_400))),
    }),
  ),
  DisableExecuteApiEndpoint: v.optional(v.boolean(), false),
  IpAddressType: withoutEffect(v.optional(v.picklist(['ipv4', 'dualstack']), 'ipv4'), IPV4_ONLY, 'ipv4'),
  RouteSelectionExpression: v.optional(v.literal('$request.method $request.path')),
  Body: unsupported('an OpenAPI definition. Write AWS::ApiGatewayV2::Integration and Route instead'),
  Target: unsupported('write AWS::ApiGatewayV2::Integration, Route and Stage instead'),
  Tags: v.optional(stringMap),
});

const routeSettings = v.pipe(
  structure({
    DetailedMetricsEnabled: withoutEffect(v.optional(v.boolean()), 'there are no metrics'),
    ThrottlingBurstLimit: throttlingLimit,
    ThrottlingRateLimit: throttlingLimit,
    DataTraceEnabled: off(EXECUTION_LOGS),
    LoggingLevel: unsupported(EXECUTION_LOGS),
  }),
  v.transform(({ dataTraceEnabled: _, ...settings }) => settings),
);

const stageProperties = v.strictObject({
  ApiId,
  StageName: v.string(),
  AutoDeploy: v.pipe(
    v.optional(v.boolean(), false),
    v.literal(true, 'local AWS has no deployments of HTTP APIs: set AutoDeploy to true.'),
  ),
  Description: text,
  AccessLogSettings: v.optional(structure({ DestinationArn: text, Format: text })),
  DefaultRouteSettings: v.optional(routeSettings, {}),
  RouteSettings: v.optional(v.record(v.string(), routeSettings), {}),
  StageVariables: v.optional(stringMap, {}),
  Tags: v.optional(stringMap, {}),
});

/** The types of an HTTP API and its parts. */
export function httpApiTypes(store: HttpApiStore): readonly ResourceType[] {
  return [
    ownerType(store, 'AWS::ApiGatewayV2::Api', apiProperties, {
      replacedBy: ['ProtocolType'],
      tags: ({ Tags }) => Tags,
      create: (given, context, tags) => store.createApi(context, apiSettings(given), tags),
      update: (api, given) => store.updateApi(api, apiSettings(given)),
      attributes: (api) => ({ ApiId: api.id, ApiEndpoint: endpointOf(api) }),
    }),
    partType(store, 'AWS::ApiGatewayV2::Integration', integrationProperties, {
      path: 'integrations',
      attribute: 'IntegrationId',
      create: (api, given) => store.putIntegration(api, integrationOf(given)),
      update: (api, given, id) => void store.putIntegration(api, integrationOf(given), id),
      remove: (api, id) => store.removeIntegration(api, id),
    }),
    partType(store, 'AWS::ApiGatewayV2::Route', routeProperties, {
      path: 'routes',
      attribute: 'RouteId',
      create: (api, given) => store.putRoute(api, routeOf(given)),
      update: (api, given, id) => void store.putRoute(api, routeOf(given), id),
      remove: (api, id) => store.removeRoute(api, id),
    }),
    partType(store, 'AWS::ApiGatewayV2::Stage', stageProperties, {
      replacedBy: ['StageName'],
      path: 'stages',
      create(api, given, context) {
        store.addStage(api, given.stageName, stageSettings(given), { ...context.tags, ...given.tags });
        return given.stageName;
      },
      update(api, given, name, context) {
        const stage = store.stage(api, name);
        store.updateStage(api, stage, stageSettings(given));
        stage.tags = { ...context.tags, ...given.tags };
      },
      remove: (api, name) => api.stages.delete(name),
    }),
  ];
}

function apiSettings(given: v.InferOutput<typeof apiProperties>): HttpApiSettings {
  const { Tags: _, ...settings } = given;
  const { allowCredentials, allowOrigins = [] } = given.CorsConfiguration ?? {};
  if (allowCredentials === true && allowOrigins.includes('*')) {
    throw badRequest("allow-credentials is not supported if 'allow-origin' is *");
  }
  return uncapitalized(settings);
}

function stageSettings(given: Given<typeof stageProperties>): HttpStageSettings {
  return {
    variables: given.stageVariables,
    defaultRouteSettings: given.defaultRouteSettings,
    routeSettings: new Map(Object.entries(given.routeSettings)),
    ...defined({
      description: given.description,
      accessLogSettings: accessLog(given.accessLogSettings),
    }),
  };
}
