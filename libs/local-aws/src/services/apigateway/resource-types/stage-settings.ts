import * as v from 'valibot';
import { assertAccessLogSettings } from '../access-log-settings.ts';
import { ALL_METHODS, changeSettings, methodSettingsKey } from '../method-settings.ts';
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
 * Gives a stage these settings, and the defaults for what they leave out.
 * @throws AwsError `BadRequestException`
 */
export function applyStageSettings(
  stage: Stage,
  settings: StageSettings,
  cloudWatchRoleArn: string | undefined,
): void {
  const { DestinationArn: destinationArn = '', Format: format = '' } = settings.AccessLogSetting ?? {};
  delete stage.accessLogSettings;
  if (destinationArn !== '' || format !== '') {
    assertAccessLogSettings({ destinationArn, format }, cloudWatchRoleArn);
    stage.accessLogSettings = { destinationArn, format };
  }
  delete stage.description;
  delete stage.documentationVersion;
  Object.assign(
    stage,
    defined({ description: settings.Description, documentationVersion: settings.DocumentationVersion }),
  );
  stage.tracingEnabled = settings.TracingEnabled ?? false;
  stage.variables = settings.Variables ?? {};
  stage.tags = tagMap(settings.Tags);
  stage.methodSettings.clear();
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

type Setting = NonNullable<StageSettings['MethodSettings']>[number];

function keyOf(setting: Setting): string {
  return methodSettingsKey(setting.ResourcePath ?? '/*', setting.HttpMethod ?? '*');
}

function sortAllFirst(settings: readonly Setting[]): Setting[] {
  return settings.toSorted((a, b) => Number(keyOf(b) === ALL_METHODS) - Number(keyOf(a) === ALL_METHODS));
}
