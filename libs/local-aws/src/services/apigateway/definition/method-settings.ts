import type { MethodSettings } from '../deployed-api.ts';

/** A stage's settings for a method, as `GetStage` shows them. */
export interface FullMethodSettings extends MethodSettings {
  readonly metricsEnabled: boolean;
  readonly loggingLevel?: 'OFF' | 'ERROR' | 'INFO';
  readonly dataTraceEnabled: boolean;
  readonly cachingEnabled: boolean;
  readonly cacheTtlInSeconds: number;
  readonly cacheDataEncrypted: boolean;
  readonly requireAuthorizationForCacheControl: boolean;
  readonly unauthorizedCacheControlHeaderStrategy: string;
}

/** What holds for a method of which nothing is set: the account's limits on AWS, 10,000 a second and 5,000 at once. */
export const defaultMethodSettings: FullMethodSettings = {
  metricsEnabled: false,
  dataTraceEnabled: false,
  throttlingBurstLimit: 5_000,
  throttlingRateLimit: 10_000,
  cachingEnabled: false,
  cacheTtlInSeconds: 300,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
};

/** The key of the settings that hold for every method without its own. */
export const ALL_METHODS = '*/*';

/**
 * The key under which a method's settings are kept, as `GetStage` shows it.
 * @example methodSettingsKey('/messages', 'POST') // 'messages/POST'
 * @example methodSettingsKey('/*', '*') // '*' + '/*'
 */
export function methodSettingsKey(resourcePath: string, httpMethod: string): string {
  const path = resourcePath.replaceAll('~1', '/').replace(/^\//, '');
  return `${path}/${httpMethod}`;
}

/** A method's own settings, or those for all methods, or the defaults. */
export function settingsFor(
  settings: ReadonlyMap<string, FullMethodSettings>,
  resourcePath: string,
  httpMethod: string,
): FullMethodSettings {
  return (
    settings.get(methodSettingsKey(resourcePath, httpMethod)) ??
    settings.get(ALL_METHODS) ??
    defaultMethodSettings
  );
}

/** Merges changes into the settings under a key; what the key does not set yet, it takes from all methods' settings. */
export function changeSettings(
  settings: Map<string, FullMethodSettings>,
  key: string,
  changes: Partial<FullMethodSettings>,
): void {
  const base = settings.get(key) ?? settings.get(ALL_METHODS) ?? defaultMethodSettings;
  settings.set(key, { ...base, ...changes });
}
