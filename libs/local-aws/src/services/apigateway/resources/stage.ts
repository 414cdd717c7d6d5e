import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { tagMap, templateTags } from '../../../protocols/shapes.ts';
import { off, stringMap, uncapitalized, unsupported } from '../definition/property-values.ts';
import {
  ALL_METHODS,
  assertAccessLogSettings,
  changeSettings,
  loggingLevels,
  methodSettingsKey,
} from '../definition/stage-settings.ts';
import type { StageSettings } from '../deployed-api.ts';
import { type ApiStore, deploymentOf, stageOf } from '../store.ts';
import { partType } from './api-part.ts';

const properties = v.strictObject({
  RestApiId: v.string(),
  DeploymentId: v.string(),
  StageName: v.optional(v.string(), 'default'),
  AccessLogSetting: v.optional(
    v.strictObject({ DestinationArn: v.optional(v.string()), Format: v.optional(v.string()) }),
  ),
  CacheClusterEnabled: off('cache clusters'),
  CacheClusterSize: unsupported('cache clusters'),
  CanarySetting: unsupported('canary releases'),
  ClientCertificateId: unsupported('client certificates'),
  Description: v.optional(v.string()),
  DocumentationVersion: v.optional(v.string()),
  MethodSettings: v.optional(
    v.array(
      v.strictObject({
        ResourcePath: v.optional(v.string(), '/*'),
        HttpMethod: v.optional(v.string(), '*'),
        DataTraceEnabled: v.optional(v.boolean()),
        LoggingLevel: v.optional(v.picklist(loggingLevels)),
        MetricsEnabled: v.optional(v.boolean()),
        ThrottlingBurstLimit: v.optional(v.number()),
        ThrottlingRateLimit: v.optional(v.number()),
        CachingEnabled: off('caching'),
      }),
    ),
    [],
  ),
  Tags: v.optional(templateTags),
  TracingEnabled: v.optional(v.boolean(), false),
  Variables: v.optional(stringMap, {}),
});

type Properties = v.InferOutput<typeof properties>;

/** `AWS::ApiGateway::Stage`. `LoggingLevel` is recorded; local AWS writes access logs, no execution logs. */
export function stageType(store: ApiStore) {
  return partType(store, 'AWS::ApiGateway::Stage', properties, {
    replacedBy: ['StageName'],
    path: 'stages',
    create(api, given, context) {
      const settings = stageSettings(given, store.cloudWatchRoleArn(context));
      store.addStage(api, given.StageName, settings, { ...context.tags, ...tagMap(given.Tags) });
      return given.StageName;
    },
    update(api, given, name, context) {
      const stage = stageOf(api, name);
      deploymentOf(api, given.DeploymentId);
      store.updateStage(api, stage, stageSettings(given, store.cloudWatchRoleArn(context)));
      stage.tags = { ...context.tags, ...tagMap(given.Tags) };
    },
    remove: (api, name) => api.stages.delete(name),
  });
}

function stageSettings(given: Properties, cloudWatchRoleArn: string | undefined): StageSettings {
  const { DestinationArn: destinationArn = '', Format: format = '' } = given.AccessLogSetting ?? {};
  const hasLog = destinationArn !== '' || format !== '';
  const accessLogSettings = hasLog ? { destinationArn, format } : undefined;
  if (accessLogSettings !== undefined) assertAccessLogSettings(accessLogSettings, cloudWatchRoleArn);
  return {
    deploymentId: given.DeploymentId,
    variables: given.Variables,
    tracingEnabled: given.TracingEnabled,
    methodSettings: methodSettings(given.MethodSettings),
    ...defined({
      description: given.Description,
      documentationVersion: given.DocumentationVersion,
      accessLogSettings,
    }),
  };
}

/** Settings for all methods come first: the others build on them, whatever their order in the template. */
function methodSettings(given: Properties['MethodSettings']): StageSettings['methodSettings'] {
  const keyed = given.map(({ ResourcePath, HttpMethod, ...changes }) => ({
    key: methodSettingsKey(ResourcePath, HttpMethod),
    changes: uncapitalized(changes),
  }));
  return keyed
    .toSorted((a, b) => Number(b.key === ALL_METHODS) - Number(a.key === ALL_METHODS))
    .reduce<StageSettings['methodSettings']>(
      (settings, { key, changes }) => changeSettings(settings, key, changes),
      new Map(),
    );
}
