import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';

/** The only runtime that local AWS supports. */
export const RUNTIME = 'nodejs24.x';

/** A function's configuration, all defaults filled in. */
export interface FunctionSettings {
  readonly runtime: typeof RUNTIME;
  readonly handler: string;
  readonly roleArn: string;
  readonly description: string;
  /** MB. */
  readonly memorySize: number;
  /** Seconds. */
  readonly timeout: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly architecture: 'arm64' | 'x86_64';
  /** MB of `/tmp`. */
  readonly ephemeralStorage: number;
  readonly tracing: 'Active' | 'PassThrough';
  readonly logging: FunctionLogging;
}

/** Where and how a function logs. */
export interface FunctionLogging {
  readonly format: 'Text' | 'JSON';
  readonly applicationLevel: string;
  readonly systemLevel: string;
  readonly group: string;
}

/** A whole number. Requests have it as a number, templates often as a string. */
export const integer = (minimum: number, maximum: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number))]),
    v.integer(),
    v.minValue(minimum),
    v.maxValue(maximum),
  );

const text = v.pipe(
  v.union([v.string(), v.number(), v.boolean()]),
  v.transform((value) => String(value)),
);

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

/** The configuration members that requests and templates share. Sizes are AWS's limits. */
export const settingsEntries = {
  Handler: v.optional(v.pipe(v.string(), v.maxLength(128), v.regex(/^\S+$/, 'must not contain spaces'))),
  Runtime: v.optional(
    v.literal(
      RUNTIME,
      (issue) =>
        `local AWS runs ${RUNTIME} only, not ${issue.received}: set the function's runtime to ${RUNTIME}`,
    ),
  ),
  Role: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^arn:aws[a-zA-Z-]*:iam::\d{12}:role\/\S+$/,
        (issue) => `${issue.received} is not the ARN of a role`,
      ),
    ),
  ),
  Description: v.optional(v.pipe(v.string(), v.maxLength(256))),
  MemorySize: v.optional(integer(128, 10_240)),
  Timeout: v.optional(integer(1, 900)),
  Environment: v.optional(v.strictObject({ Variables: v.optional(v.record(v.string(), text)) })),
  EphemeralStorage: v.optional(v.strictObject({ Size: integer(512, 10_240) })),
  TracingConfig: v.optional(v.strictObject({ Mode: v.picklist(['Active', 'PassThrough']) })),
  LoggingConfig: v.optional(
    v.strictObject({
      LogFormat: v.optional(v.picklist(['Text', 'JSON'])),
      ApplicationLogLevel: v.optional(v.picklist(LEVELS)),
      SystemLogLevel: v.optional(v.picklist(['DEBUG', 'INFO', 'WARN'])),
      LogGroup: v.optional(v.pipe(v.string(), v.regex(/^[.\-_/#A-Za-z0-9]{1,512}$/))),
    }),
  ),
} as const;

/** The instruction set, which a function gets with its code. Local AWS only records it. */
export const architectureEntries = {
  Architectures: v.optional(v.pipe(v.array(v.picklist(['arm64', 'x86_64'])), v.length(1))),
} as const;

/** A function's configuration as requests and templates give it. */
export type SettingsInput = v.InferOutput<
  v.ObjectSchema<typeof settingsEntries & typeof architectureEntries, undefined>
>;

/** Variables that AWS sets itself. A function's configuration must not have them. */
const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
]);
const MAX_ENVIRONMENT_BYTES = 4096;

/**
 * A function's configuration after a request or a template.
 * @param previous the settings that stay if the input does not name them; `undefined`: they get their default
 * @throws AwsError `InvalidParameterValueException` for missing members, reserved variables, and variables over 4 KB
 */
export function applySettings(
  functionName: string,
  input: SettingsInput,
  previous?: FunctionSettings,
): FunctionSettings {
  const handler = input.Handler ?? previous?.handler;
  const roleArn = input.Role ?? previous?.roleArn;
  const runtime = input.Runtime ?? previous?.runtime;
  if (runtime === undefined || handler === undefined) {
    throw invalid(
      'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
    );
  }
  if (roleArn === undefined) throw invalid('Role is a mandatory parameter.');
  const logging = input.LoggingConfig;
  const format = logging?.LogFormat ?? previous?.logging.format ?? 'Text';
  if (format === 'Text' && (logging?.ApplicationLogLevel ?? logging?.SystemLogLevel) !== undefined) {
    throw invalid('ApplicationLogLevel and SystemLogLevel can only be set when LogFormat is set to JSON.');
  }
  return {
    runtime,
    handler,
    roleArn,
    description: input.Description ?? previous?.description ?? '',
    memorySize: input.MemorySize ?? previous?.memorySize ?? 128,
    timeout: input.Timeout ?? previous?.timeout ?? 3,
    environment:
      input.Environment === undefined
        ? (previous?.environment ?? {})
        : checkVariables(input.Environment.Variables ?? {}),
    architecture: input.Architectures?.[0] ?? previous?.architecture ?? 'x86_64',
    ephemeralStorage: input.EphemeralStorage?.Size ?? previous?.ephemeralStorage ?? 512,
    tracing: input.TracingConfig?.Mode ?? previous?.tracing ?? 'PassThrough',
    logging: {
      format,
      applicationLevel: logging?.ApplicationLogLevel ?? previous?.logging.applicationLevel ?? 'INFO',
      systemLevel: logging?.SystemLogLevel ?? previous?.logging.systemLevel ?? 'INFO',
      group: logging?.LogGroup ?? previous?.logging.group ?? `/aws/lambda/${functionName}`,
    },
  };
}

function checkVariables(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = Object.keys(variables);
  const reserved = names.filter((name) => RESERVED_VARIABLES.has(name));
  if (reserved.length > 0) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const malformed = names.find((name) => !/^[a-zA-Z][a-zA-Z0-9_]+$/.test(name));
  if (malformed !== undefined) {
    throw invalid(
      `The environment variable name ${malformed} must start with a letter and have at least two letters, digits or underscores.`,
    );
  }
  if (Buffer.byteLength(JSON.stringify(variables)) > MAX_ENVIRONMENT_BYTES) {
    throw invalid(
      'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.',
    );
  }
  if (Object.values(variables).some((value) => value.includes('\0'))) {
    throw invalid('The value of an environment variable must not contain a NUL character.');
  }
  return { ...variables };
}

/** The error for an invalid parameter. */
export function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message);
}
