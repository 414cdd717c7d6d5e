import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { badRequest } from '../definition/errors.ts';
import {
  accessLog,
  changeSettings,
  type FullMethodSettings,
  loggingLevels,
  methodSettingsKey,
} from '../definition/stage-settings.ts';
import type { StageSettings } from '../deployed-api.ts';
import type { ApiStore } from '../store.ts';
import { describeStage } from './collections.ts';
import { API, api, operationsOn, type PatchRules, patch, patched } from './operation.ts';

const stage = { ...api, stageName: v.string() };
const stringMap = v.optional(v.record(v.string(), v.string()), {});

/** The operations that change stages. */
export function stageOperations(store: ApiStore): readonly Operation[] {
  const operation = operationsOn(store);
  return [
    operation('CreateStage', {
      http: `POST ${API}/stages`,
      status: 201,
      input: v.object({
        ...stage,
        deploymentId: v.string(),
        description: v.optional(v.string()),
        documentationVersion: v.optional(v.string()),
        variables: stringMap,
        tracingEnabled: v.optional(v.boolean(), false),
        tags: stringMap,
      }),
      handle({ restApiId, stageName, deploymentId, tags, ...given }, call) {
        const settings = defined({ deploymentId, methodSettings: new Map(), ...given });
        return describeStage(store.addStage(store.get(call, restApiId), stageName, settings, tags));
      },
    }),
    operation('UpdateStage', {
      http: `PATCH ${API}/stages/{stageName}`,
      input: v.object({ ...stage, ...patch }),
      handle({ restApiId, stageName, patchOperations }, call) {
        const target = store.get(call, restApiId);
        const found = store.stage(target, stageName);
        const settings = patched(found.settings, patchOperations, patchRules, 'Invalid method setting path');
        const { accessLogSettings } = settings;
        if (accessLogSettings?.destinationArn && accessLogSettings.format) {
          accessLog(accessLogSettings, { arn: store.cloudWatchRoleArn(call) });
        }
        store.updateStage(target, found, settings);
        return describeStage(found);
      },
    }),
  ];
}

const METHOD = '/{resourcePath}/{httpMethod}';

const patchRules: PatchRules<StageSettings> = {
  '/accessLogSettings': (settings, value) =>
    value === undefined ? defined({ ...settings, accessLogSettings: undefined }) : undefined,
  '/accessLogSettings/destinationArn': (settings, destinationArn = '') => ({
    ...settings,
    accessLogSettings: { format: '', ...settings.accessLogSettings, destinationArn },
  }),
  '/accessLogSettings/format': (settings, format = '') => ({
    ...settings,
    accessLogSettings: { destinationArn: '', ...settings.accessLogSettings, format },
  }),
  '/tracingEnabled': (settings, value) => ({ ...settings, tracingEnabled: value === 'true' }),
  [`${METHOD}/metrics/enabled`]: methodRule((value) => ({ metricsEnabled: value === 'true' })),
  [`${METHOD}/logging/dataTrace`]: methodRule((value) => ({ dataTraceEnabled: value === 'true' })),
  [`${METHOD}/logging/loglevel`]: methodRule((value) => ({ loggingLevel: loggingLevel(value) })),
  [`${METHOD}/throttling/burstLimit`]: methodRule((value) => ({ throttlingBurstLimit: limit(value) })),
  [`${METHOD}/throttling/rateLimit`]: methodRule((value) => ({ throttlingRateLimit: limit(value) })),
};

function methodRule(read: (value: string) => Partial<FullMethodSettings>): PatchRules<StageSettings>[string] {
  return (settings, value = '', resourcePath = '', httpMethod = '') => ({
    ...settings,
    methodSettings: changeSettings(
      settings.methodSettings,
      methodSettingsKey(resourcePath, httpMethod),
      read(value),
    ),
  });
}

function loggingLevel(value: string): (typeof loggingLevels)[number] {
  const level = loggingLevels.find((each) => each === value);
  if (level !== undefined) return level;
  throw badRequest(`Invalid log level ${value}. Must be one of: [${loggingLevels.join(', ')}]`);
}

function limit(value: string): number {
  const number = Number(value);
  if (value !== '' && Number.isFinite(number) && number >= 0) return number;
  throw badRequest(`Invalid value ${value} for a throttling limit: use a number of at least 0.`);
}
