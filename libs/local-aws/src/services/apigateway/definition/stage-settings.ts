import { badRequest } from './errors.ts';
import { unsupportedLogVariables } from './log-variables.ts';

/** The levels of execution logs. */
export const loggingLevels = ['OFF', 'ERROR', 'INFO'] as const;

/** The limits of an account on AWS: 10,000 requests a second, and bursts of 5,000. */
export const ACCOUNT_LIMITS = { throttlingBurstLimit: 5_000, throttlingRateLimit: 10_000 };

const defaults = {
  metricsEnabled: false,
  dataTraceEnabled: false,
  ...ACCOUNT_LIMITS,
};

/** A stage's settings for a method, as `GetStage` shows them. */
export type FullMethodSettings = Readonly<typeof defaults> & {
  readonly loggingLevel?: (typeof loggingLevels)[number];
};

/** The settings of a stage by {@link methodSettingsKey}. */
type Settings = ReadonlyMap<string, FullMethodSettings>;

/** The key of the settings for methods without settings. */
const ALL_METHODS = '*/*';

/**
 * The key of a method's settings. In a template, each slash of the path is `~1`, behind one slash:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-methodsetting.html
 * @example methodSettingsKey('/messages', 'POST') // 'messages/POST'
 * @example methodSettingsKey('/~1messages~1{id}', 'GET') // 'messages/{id}/GET'
 */
export function methodSettingsKey(resourcePath: string, httpMethod: string): string {
  return `${resourcePath.replaceAll('~1', '/').replace(/^\/+/, '')}/${httpMethod}`;
}

/** The inverse of {@link methodSettingsKey}, as a template has it. */
export function placeOfSettings(key: string): { readonly ResourcePath: string; readonly HttpMethod: string } {
  const end = key.lastIndexOf('/');
  const path = key.slice(0, end);
  return { ResourcePath: `/${path.replaceAll('/', '~1')}`, HttpMethod: key.slice(end + 1) };
}

/** The settings under a key, or those for all methods, or the defaults. */
export function settingsAt(settings: Settings, key: string): FullMethodSettings {
  return settings.get(key) ?? settings.get(ALL_METHODS) ?? defaults;
}

/** Copies the settings and changes those of a key. A new key starts with the settings for all methods. */
export function changeSettings(settings: Settings, key: string, changes: Partial<FullMethodSettings>) {
  return new Map([...settings, [key, { ...settingsAt(settings, key), ...changes }]]);
}

const METHOD = /^(?:\*|ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT)$/;

/** Reads the settings in a template. Applies those for all methods first, because the others extend them. @throws AwsError */
export function methodSettingsOf(
  list: readonly ({ resourcePath: string; httpMethod: string } & Partial<FullMethodSettings>)[],
): Settings {
  const keyed = list.map(({ resourcePath, httpMethod, ...changes }) => {
    const key = methodSettingsKey(resourcePath, httpMethod);
    if (!METHOD.test(httpMethod)) throw badRequest(`Invalid method setting path: ${key}`);
    return { key, changes };
  });
  const sorted = keyed.sort((a, b) => Number(b.key === ALL_METHODS) - Number(a.key === ALL_METHODS));
  let settings: Settings = new Map();
  for (const { key, changes } of sorted) settings = changeSettings(settings, key, changes);
  return settings;
}

const LOG_GROUP_ARN = /^arn:aws[a-z-]*:logs:[\w-]+:\d{12}:log-group:[\w./#-]{1,512}(?::\*)?$/;

/** The destination and the format of a stage's access log. */
export interface AccessLogSettings {
  /** ARN of a log group. */
  readonly destinationArn: string;
  /** One line with `$context.…` variables. */
  readonly format: string;
}

/**
 * Checks access log settings, as API Gateway does when it stores a stage. @returns `undefined` if there is no access log
 * @param role only for REST APIs. HTTP APIs need none (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html)
 */
export function accessLog(
  given: { readonly destinationArn?: string | undefined; readonly format?: string | undefined } = {},
  role?: { readonly arn: string | undefined },
): AccessLogSettings | undefined {
  const { destinationArn = '', format = '' } = given;
  if (destinationArn === '' && format === '') return undefined;
  if (role !== undefined && role.arn === undefined) {
    throw badRequest('CloudWatch Logs role ARN must be set in account settings to enable logging');
  }
  if (!LOG_GROUP_ARN.test(destinationArn)) {
    throw badRequest(
      `Invalid ARN specified in the request: ${destinationArn}. local AWS writes access logs to log groups: arn:aws:logs:<region>:<account>:log-group:<name>.`,
    );
  }
  if (/[\r\n](?!$)/.test(format)) {
    throw badRequest(
      'Access Log format must be single line, new line character is allowed only at end of the format',
    );
  }
  const unsupported = role === undefined ? unsupportedLogVariables(format) : [];
  if (unsupported.length > 0) {
    // As AWS says it: https://github.com/anomalyco/sst/issues/2587
    throw badRequest(`The following context variables are not supported: [${unsupported.join(', ')}]`);
  }
  if (!/\$context\.(?:requestId|extendedRequestId)\b/.test(format)) {
    throw badRequest('Access Log format must include $context.requestId or $context.extendedRequestId');
  }
  return { destinationArn, format };
}
