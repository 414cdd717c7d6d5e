import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { randomId } from '../../apigateway/definition/api-collection.ts';
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
import { pathPermissions } from '../../apigateway/operations/operation.ts';
import { ownerType, partType } from '../../apigateway/resources/owners-and-parts.ts';
import { isChanged, type ResourceType } from '../../resource-type.ts';
import {
  authorizerProperties,
  corsConfiguration,
  integrationOf,
  integrationProperties,
  routeOf,
  routeProperties,
} from '../definition/routes.ts';
import { endpointOf, throttlingLimit } from '../operations/collections.ts';
import type { HttpApiSettings, HttpApiStore, HttpStageSettings } from '../store.ts';
import { type HttpApiDescription, readHttpOpenApi, tagsIn } from './http-api-body.ts';

const ApiId = v.string();
const text = v.optional(v.string());
const EXECUTION_LOGS = 'execution logs: HTTP APIs have access logs only';

const apiProperties = v.strictObject({
  Name: v.optional(v.pipe(v.string(), v.minLength(1))),
  ProtocolType: v.optional(
    v.literal('HTTP', 'local AWS does not support WebSocket APIs: ProtocolType must be HTTP.'),
  ),
  Description: v.optional(v.string()),
  Version: v.optional(v.string()),
  CorsConfiguration: v.optional(corsConfiguration),
  DisableExecuteApiEndpoint: v.optional(v.boolean()),
  IpAddressType: withoutEffect(v.optional(v.picklist(['ipv4', 'dualstack']), 'ipv4'), IPV4_ONLY, 'ipv4'),
  RouteSelectionExpression: v.optional(v.literal('$request.method $request.path')),
  Body: v.optional(v.record(v.string(), v.unknown())),
  BodyS3Location: unsupported('put the document into Body'),
  FailOnWarnings: withoutEffect(v.optional(v.boolean()), 'imports have errors and no warnings'),
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
      requiresAlso: (change, path) =>
        pathPermissions(
          store,
          change,
          path,
          change.handler !== 'delete' && isChanged(change, 'Body') && 'PUT',
        ),
      tags: ({ Body, Tags }) => ({ ...tagsIn(Body ?? {}), ...Tags }),
      create(given, context, tags) {
        const described = given.Body && readHttpOpenApi(given.Body);
        const api = store.createApi(context, apiSettings(given, described), tags);
        if (described !== undefined) store.importRoutes(api, described.routes);
        return api;
      },
      update(api, given, previous) {
        const described = given.Body && readHttpOpenApi(given.Body);
        store.updateApi(api, apiSettings(given, described));
        // If the document does not change, the parts that other resources of the template added stay.
        if (described === undefined || isDeepStrictEqual(given.Body, previous.Body)) return;
        store.importRoutes(api, described.routes);
      },
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
    {
      ...partType(store, 'AWS::ApiGatewayV2::Authorizer', authorizerProperties, {
        path: 'authorizers',
        attribute: 'AuthorizerId',
        passedRole: ({ authorizerCredentialsArn }) => authorizerCredentialsArn,
        create(api) {
          const id = randomId(6);
          api.authorizers.add(id);
          return id;
        },
        remove: (api, id) => api.authorizers.delete(id),
      }),
      isInert: true,
    },
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
      read(api, name) {
        const settings = api.stages.get(name)?.settings;
        return settings && liveStage(settings);
      },
      remove: (api, name) => api.stages.delete(name),
    }),
  ];
}

/** The settings of an API. Properties override its document. */
function apiSettings(
  given: v.InferOutput<typeof apiProperties>,
  described: HttpApiDescription | undefined,
): HttpApiSettings {
  const { Tags: _, Body, ProtocolType, ...properties } = given;
  if (Body === undefined && ProtocolType === undefined) {
    throw badRequest('ProtocolType is needed. Only an API with a Body has another default.');
  }
  const { name, ...settings } = {
    disableExecuteApiEndpoint: false,
    ...described?.settings,
    ...uncapitalized(properties),
  };
  if (name === undefined) throw badRequest('Name is needed, or a Body with a title.');
  const { allowCredentials, allowOrigins = [] } = settings.corsConfiguration ?? {};
  if (allowCredentials === true && allowOrigins.includes('*')) {
    throw badRequest("allow-credentials is not supported if 'allow-origin' is *");
  }
  return { ...settings, name };
}

/** The settings of a stage as a template has them. */
function liveStage(settings: HttpStageSettings) {
  const { variables, defaultRouteSettings, routeSettings, description, accessLogSettings: log } = settings;
  const spelled = (one: object) =>
    Object.fromEntries(
      Object.entries(one).map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value]),
    );
  return {
    StageVariables: variables,
    DefaultRouteSettings: spelled(defaultRouteSettings),
    RouteSettings: Object.fromEntries([...routeSettings].map(([route, one]) => [route, spelled(one)])),
    Description: description,
    AccessLogSettings: log && spelled(log),
  };
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
