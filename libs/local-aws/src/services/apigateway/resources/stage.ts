import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { tagMap, templateTags } from '../../../protocols/shapes.ts';
import { assertAccessLogSettings } from '../definition/access-log-settings.ts';
import {
  ALL_METHODS,
  changeSettings,
  loggingLevels,
  methodSettingsKey,
} from '../definition/method-settings.ts';
import { off, stringMap, uncapitalized, unsupported } from '../definition/property-values.ts';
import type { AccessLogSettings, StageSettings } from '../deployed-api.ts';
import { type ApiStore, deploymentOf, stageOf } from '../store.ts';
import { apiPartType } from './api-part.ts';

/** The properties that `AWS::ApiGateway::Stage` and a deployment's `StageDescription` have in common. */
export const stageProperties = {
  AccessLogSetting: v.optional(
    v.strictObject({ DestinationArn: v.optional(v.string(), ''), Format: v.optional(v.string(), '') }),
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
  ),
  Tags: v.optional(templateTags),
  TracingEnabled: v.optional(v.boolean()),
  Variables: v.optional(stringMap),
};

const properties = v.strictObject({
  RestApiId: v.string(),
  DeploymentId: v.string(),
  StageName: v.optional(v.string(), 'default'),
  ...stageProperties,
});

const commonProperties = v.object(stageProperties);
type StageProperties = v.InferOutput<typeof commonProperties>;

/** `AWS::ApiGateway::Stage`. `LoggingLevel` is recorded; local AWS writes access logs, no execution logs. */
export function stageType(store: ApiStore) {
  return apiPartType(store, 'AWS::ApiGateway::Stage', properties, {
    replacedBy: ['StageName'],
    path: 'stages',
    create(api, given, context) {
      const settings = stageSettings(given, given.DeploymentId, store.cloudWatchRoleArn(context));
      store.addStage(api, given.StageName, settings, { ...context.tags, ...tagMap(given.Tags) });
      return { physicalId: given.StageName, attributes: {} };
    },
    update(api, given, name, context) {
      const stage = stageOf(api, name);
      const { id } = deploymentOf(api, given.DeploymentId);
      store.updateStage(stage, stageSettings(given, id, store.cloudWatchRoleArn(context)));
      stage.tags = { ...context.tags, ...tagMap(given.Tags) };
    },
    remove: (api, name) => api.stages.delete(name),
  });
}

/**
 * Reads a stage's settings, with the defaults for what is absent.
 * @throws AwsError `BadRequestException` for invalid access log settings
 */
export function stageSettings(
  given: StageProperties,
  deploymentId: string,
  cloudWatchRoleArn: string | undefined,
): StageSettings {
  return {
    deploymentId,
    variables: given.Variables ?? {},
    tracingEnabled: given.TracingEnabled ?? false,
    methodSettings: methodSettings(given.MethodSettings),
    ...defined({
      description: given.Description,
      documentationVersion: given.DocumentationVersion,
      accessLogSettings: accessLogSettings(given.AccessLogSetting, cloudWatchRoleArn),
    }),
  };
}

function accessLogSettings(
  given: StageProperties['AccessLogSetting'],
  cloudWatchRoleArn: string | undefined,
): AccessLogSettings | undefined {
  if (given === undefined || (given.DestinationArn === '' && given.Format === '')) return undefined;
  const settings = { destinationArn: given.DestinationArn, format: given.Format };
  assertAccessLogSettings(settings, cloudWatchRoleArn);
  return settings;
}

/** Settings for all methods come first: the others build on them, whatever their order in the template. */
function methodSettings(given: StageProperties['MethodSettings'] = []): StageSettings['methodSettings'] {
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
