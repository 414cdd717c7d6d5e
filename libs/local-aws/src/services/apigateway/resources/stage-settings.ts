import * as v from 'valibot';
import { assertAccessLogSettings } from '../definition/access-log-settings.ts';
import { ALL_METHODS, changeSettings, methodSettingsKey } from '../definition/method-settings.ts';
import type { AccessLogSettings } from '../deployed-api.ts';
import type { Stage } from '../rest-api.ts';
import { boolean, defined, number, stringMap, tagMap, tags, unsupported } from './properties.ts';

/** The settings that `AWS::ApiGateway::Stage` and a deployment's `StageDescription` have in common. */
export const stageEntries = {
  AccessLogSetting: v.optional(
    v.strictObject({ DestinationArn: v.optional(v.string()), Format: v.optional(v.string()) }),
  ),
  CacheClusterEnabled: v.optional(
    v.pipe(
      boolean,
      v.check((enabled) => !enabled, 'not supported by local AWS: cache clusters'),
    ),
  ),
  CacheClusterSize: v.optional(unsupported('cache clusters')),
  CanarySetting: v.optional(unsupported('canary releases')),
  ClientCertificateId: v.optional(unsupported('client certificates')),
  Description: v.optional(v.string()),
  DocumentationVersion: v.optional(v.string()),
  MethodSettings: v.optional(
    v.array(
      v.strictObject({
        ResourcePath: v.optional(v.string()),
        HttpMethod: v.optional(v.string()),
        DataTraceEnabled: v.optional(boolean),
        LoggingLevel: v.optional(v.picklist(['OFF', 'ERROR', 'INFO'])),
        MetricsEnabled: v.optional(boolean),
        ThrottlingBurstLimit: v.optional(number),
        ThrottlingRateLimit: v.optional(number),
        CachingEnabled: v.optional(
          v.pipe(
            boolean,
            v.check((enabled) => !enabled, 'not supported by local AWS: caching'),
          ),
        ),
      }),
    ),
  ),
  Tags: v.optional(tags),
  TracingEnabled: v.optional(boolean),
  Variables: v.optional(stringMap),
};

const stageSettings = v.object(stageEntries);
/** A stage's settings in CloudFormation's spelling. */
export type StageSettings = v.InferOutput<typeof stageSettings>;

/**
 * Gives a stage the settings that are named, and leaves the others as they are.
 * @throws AwsError `BadRequestException`
 */
export function changeStageSettings(
  stage: Stage,
  settings: StageSettings,
  cloudWatchRoleArn: string | undefined,
): void {
  const accessLog = readAccessLog(settings, cloudWatchRoleArn);
  if (settings.AccessLogSetting !== undefined) {
    delete stage.accessLogSettings;
    if (accessLog !== undefined) stage.accessLogSettings = accessLog;
  }
  Object.assign(
    stage,
    defined({
      description: settings.Description,
      documentationVersion: settings.DocumentationVersion,
      tracingEnabled: settings.TracingEnabled,
      variables: settings.Variables,
      tags: settings.Tags && tagMap(settings.Tags),
    }),
  );
  for (const setting of sortAllFirst(settings.MethodSettings ?? [])) {
    changeSettings(
      stage.methodSettings,
      keyOf(setting),
      defined({
        dataTraceEnabled: setting.DataTraceEnabled,
        loggingLevel: setting.LoggingLevel,
        metricsEnabled: setting.MetricsEnabled,
        throttlingBurstLimit: setting.ThrottlingBurstLimit,
        throttlingRateLimit: setting.ThrottlingRateLimit,
      }),
    );
  }
}

/** As {@link changeStageSettings}, with the defaults for what is not named. */
export function replaceStageSettings(
  stage: Stage,
  settings: StageSettings,
  cloudWatchRoleArn: string | undefined,
): void {
  // Before anything changes: a stage whose new settings are refused stays as it is.
  readAccessLog(settings, cloudWatchRoleArn);
  delete stage.accessLogSettings;
  delete stage.description;
  delete stage.documentationVersion;
  stage.tracingEnabled = false;
  stage.variables = {};
  stage.tags = {};
  stage.methodSettings.clear();
  changeStageSettings(stage, settings, cloudWatchRoleArn);
}

function readAccessLog(
  { AccessLogSetting: setting = {} }: StageSettings,
  cloudWatchRoleArn: string | undefined,
): AccessLogSettings | undefined {
  const { DestinationArn: destinationArn = '', Format: format = '' } = setting;
  if (destinationArn === '' && format === '') return undefined;
  assertAccessLogSettings({ destinationArn, format }, cloudWatchRoleArn);
  return { destinationArn, format };
}

type Setting = NonNullable<StageSettings['MethodSettings']>[number];

function keyOf(setting: Setting): string {
  return methodSettingsKey(setting.ResourcePath ?? '/*', setting.HttpMethod ?? '*');
}

function sortAllFirst(settings: readonly Setting[]): Setting[] {
  return settings.toSorted((a, b) => Number(keyOf(b) === ALL_METHODS) - Number(keyOf(a) === ALL_METHODS));
}
