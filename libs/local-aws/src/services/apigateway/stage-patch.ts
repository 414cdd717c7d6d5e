import { AwsError } from '../../core/errors.ts';
import {
  ALL_METHODS,
  changeSettings,
  type FullMethodSettings,
  methodSettingsKey,
} from './definition/method-settings.ts';
import type { RestApi, Stage } from './rest-api.ts';
import { deploymentOf } from './store.ts';

/** An operation of a PATCH request (https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html). */
export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value?: string | undefined;
}

/**
 * Changes a stage as `UpdateStage` does; all operations or none.
 * @throws AwsError `BadRequestException` with API Gateway's message for a path that cannot be changed
 */
export function patchStage(
  api: RestApi,
  stage: Stage,
  operations: readonly PatchOperation[],
  assertAccessLog: (settings: { destinationArn: string; format: string }) => void,
): void {
  const changed: Stage = {
    ...stage,
    variables: { ...stage.variables },
    methodSettings: new Map(stage.methodSettings),
  };
  for (const operation of operations) applyOperation(api, changed, operation);
  const { accessLogSettings } = changed;
  if (accessLogSettings?.destinationArn && accessLogSettings.format) assertAccessLog(accessLogSettings);

  stage.deploymentId = changed.deploymentId;
  setOrDelete(stage, 'description', changed.description);
  setOrDelete(stage, 'accessLogSettings', accessLogSettings);
  stage.variables = changed.variables;
  stage.tracingEnabled = changed.tracingEnabled;
  stage.methodSettings.clear();
  for (const [key, settings] of changed.methodSettings) stage.methodSettings.set(key, settings);
}

function applyOperation(api: RestApi, stage: Stage, operation: PatchOperation): void {
  const { op, path, value = '' } = operation;
  if (!['add', 'replace', 'remove'].includes(op)) {
    throw new AwsError(
      'BadRequestException',
      `Invalid patch operation specified. Must be one of: [add, remove, replace]`,
    );
  }
  const removed = op === 'remove';
  switch (path) {
    case '/deploymentId':
      stage.deploymentId = deploymentOf(api, value).id;
      return;
    case '/description':
      setOrDelete(stage, 'description', removed ? undefined : value);
      return;
    case '/tracingEnabled':
      stage.tracingEnabled = value === 'true';
      return;
    case '/accessLogSettings':
      if (removed) delete stage.accessLogSettings;
      else throw invalidPath(path);
      return;
    case '/accessLogSettings/destinationArn':
      stage.accessLogSettings = { format: stage.accessLogSettings?.format ?? '', destinationArn: value };
      return;
    case '/accessLogSettings/format':
      stage.accessLogSettings = {
        destinationArn: stage.accessLogSettings?.destinationArn ?? '',
        format: value,
      };
      return;
  }
  const variable = /^\/variables\/(\w{1,64})$/.exec(path)?.[1];
  if (variable !== undefined) {
    stage.variables = Object.fromEntries(
      Object.entries(stage.variables)
        .filter(([name]) => name !== variable)
        .concat(removed ? [] : [[variable, value]]),
    );
    return;
  }
  patchMethodSettings(stage, operation);
}

function patchMethodSettings(stage: Stage, { op, path, value = '' }: PatchOperation): void {
  const match = /^\/([^/]{1,1000})\/([A-Z]{1,10}|\*)(?:\/(\w{1,20}\/\w{1,60}))?$/.exec(path);
  if (match === null) throw invalidPath(path);
  const [, resourcePath = '', httpMethod = '', setting] = match;
  const key =
    resourcePath === '*' && httpMethod === '*' ? ALL_METHODS : methodSettingsKey(resourcePath, httpMethod);
  if (setting === undefined) {
    if (op !== 'remove') throw invalidPath(path);
    if (!stage.methodSettings.delete(key)) {
      throw new AwsError(
        'BadRequestException',
        `Cannot remove method setting ${key} because there is no method setting for this method `,
      );
    }
    return;
  }
  changeSettings(stage.methodSettings, key, readSetting(setting, value, path));
}

function readSetting(setting: string, value: string, path: string): Partial<FullMethodSettings> {
  switch (setting) {
    case 'metrics/enabled':
      return { metricsEnabled: value === 'true' };
    case 'logging/dataTrace':
      return { dataTraceEnabled: value === 'true' };
    case 'logging/loglevel':
      if (value !== 'OFF' && value !== 'ERROR' && value !== 'INFO') {
        throw new AwsError(
          'BadRequestException',
          `Invalid log level ${value}. Must be one of: [OFF, ERROR, INFO]`,
        );
      }
      return { loggingLevel: value };
    case 'throttling/burstLimit':
      return { throttlingBurstLimit: limit(value, path) };
    case 'throttling/rateLimit':
      return { throttlingRateLimit: limit(value, path) };
    case 'caching/enabled':
      if (value === 'true')
        throw new AwsError('BadRequestException', 'local AWS does not support caching: leave it off.');
      return { cachingEnabled: false };
    default:
      throw invalidPath(path);
  }
}

function limit(value: string, path: string): number {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number) || number < 0) {
    throw new AwsError('BadRequestException', `Invalid value ${value} for ${path}: a number of at least 0.`);
  }
  return number;
}

function setOrDelete<Key extends 'description' | 'accessLogSettings'>(
  stage: Stage,
  key: Key,
  value: Stage[Key] | undefined,
): void {
  if (value === undefined) delete stage[key];
  else stage[key] = value;
}

function invalidPath(path: string): AwsError {
  return new AwsError(
    'BadRequestException',
    `Invalid method setting path: ${path}. Must be one of: [/deploymentId, /description, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit, /{resourcePath}/{httpMethod}/throttling/rateLimit, /*/*/…, /variables/{variable_name}, /tracingEnabled]`,
  );
}
