import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { off, stringMap, uncapitalized, unsupported } from '../../apigateway/definition/property-values.ts';
import { partType } from '../../apigateway/resources/api-part.ts';
import { accessLog, limit } from '../definition/stage-settings.ts';
import type { HttpStageSettings } from '../deployed-http-api.ts';
import { type HttpApiStore, stageOf } from '../store.ts';

const EXECUTION_LOGS = 'execution logs: HTTP APIs have access logs only';

const routeSettings = v.strictObject({
  DetailedMetricsEnabled: v.optional(v.boolean()),
  ThrottlingBurstLimit: v.optional(limit),
  ThrottlingRateLimit: v.optional(limit),
  DataTraceEnabled: off(EXECUTION_LOGS),
  LoggingLevel: unsupported(EXECUTION_LOGS),
});

const properties = v.strictObject({
  ApiId: v.string(),
  StageName: v.string(),
  AutoDeploy: v.pipe(
    v.optional(v.boolean(), false),
    v.literal(true, 'local AWS has no deployments of HTTP APIs: set AutoDeploy to true.'),
  ),
  Description: v.optional(v.string()),
  AccessLogSettings: v.optional(
    v.strictObject({ DestinationArn: v.optional(v.string()), Format: v.optional(v.string()) }),
  ),
  DefaultRouteSettings: v.optional(routeSettings, {}),
  RouteSettings: v.optional(v.record(v.string(), routeSettings), {}),
  StageVariables: v.optional(stringMap, {}),
  Tags: v.optional(stringMap, {}),
});

type Properties = v.InferOutput<typeof properties>;

/** `AWS::ApiGatewayV2::Stage`. */
export function stageType(store: HttpApiStore) {
  return partType(store, 'AWS::ApiGatewayV2::Stage', properties, {
    replacedBy: ['StageName'],
    path: 'stages',
    create(api, given, context) {
      store.addStage(api, given.StageName, settingsOf(given), { ...context.tags, ...given.Tags });
      return given.StageName;
    },
    update(api, given, name, context) {
      const stage = stageOf(api, name);
      store.updateStage(api, stage, settingsOf(given));
      stage.tags = { ...context.tags, ...given.Tags };
    },
    remove: (api, name) => void api.stages.delete(name),
  });
}

function settingsOf(given: Properties): HttpStageSettings {
  const { Description, AccessLogSettings, DefaultRouteSettings, RouteSettings } = given;
  return {
    variables: given.StageVariables,
    defaultRouteSettings: limitsOf(DefaultRouteSettings),
    routeSettings: new Map(Object.entries(RouteSettings).map(([key, each]) => [key, limitsOf(each)])),
    ...defined({
      description: Description,
      accessLogSettings: accessLog(AccessLogSettings && uncapitalized(AccessLogSettings)),
    }),
  };
}

function limitsOf({ DataTraceEnabled: _, LoggingLevel: __, ...limits }: v.InferOutput<typeof routeSettings>) {
  return uncapitalized(limits);
}
