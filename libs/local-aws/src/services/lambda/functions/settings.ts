import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { words } from '../../../core/words.ts';
import { atLeast, atMost, wholeNumber } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { invalid } from './errors.ts';

/** The runtimes that local AWS supports. */
export const RUNTIMES = ['nodejs22.x', 'nodejs24.x', 'python3.12', 'python3.13', 'python3.14'] as const;

/** A runtime that local AWS supports. */
export type Runtime = (typeof RUNTIMES)[number];

/** A runtime of Python that local AWS supports. */
export type PythonRuntime = Extract<Runtime, `python${string}`>;

/** Whether functions of a runtime are in Python. */
export function isPythonRuntime(runtime: Runtime): runtime is PythonRuntime {
  return runtime.startsWith('python');
}

/** Variables that AWS sets itself. A function's configuration must not have them. */
const RESERVED_VARIABLES: ReadonlySet<string> = new Set(
  words(`_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME
    AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
    AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR`),
);

function problemOf(variables: Readonly<Record<string, string>>): string | undefined {
  const names = Object.keys(variables);
  const reserved = names.filter((name) => RESERVED_VARIABLES.has(name));
  if (reserved.length > 0) {
    return `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`;
  }
  if (names.some((name) => !/^[a-zA-Z]([a-zA-Z0-9_])+$/.test(name))) {
    // AWS shows no value of this member. Source: https://github.com/trek10inc/serverless-secrets/issues/39
    return "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]";
  }
  if (Buffer.byteLength(JSON.stringify(variables)) > 4096) {
    return `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${JSON.stringify(variables)}`;
  }
  return undefined;
}

const variables = v.pipe(
  v.record(v.string(), v.string()),
  v.rawCheck(({ dataset, addIssue }) => {
    const message = dataset.typed ? problemOf(dataset.value) : undefined;
    if (message !== undefined) addIssue({ message });
  }),
);

/** IDs that match AWS's pattern. Which of them exist, local AWS does not know: it has no VPC. */
const idsOf = (pattern: RegExp) =>
  v.check<string[], string>(
    (ids) => ids.every((id) => pattern.test(id)),
    `Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: ${pattern.source.slice(1, -1)}]`,
  );

const ALL_LEVELS = 'all levels are logged';

/** The configuration members that requests and templates share. Sizes are AWS's limits. */
export const settingsEntries = {
  Handler: v.optional(v.pipe(v.string(), v.maxLength(128), v.regex(/^[^\s]+$/))),
  Runtime: v.optional(
    v.picklist(
      RUNTIMES,
      (issue) =>
        `local AWS runs ${RUNTIMES.join(', ')} only, not ${issue.received}: set the function's runtime to one of them`,
    ),
  ),
  Role: v.optional(
    v.pipe(v.string(), v.regex(/^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/)),
  ),
  Description: v.optional(v.pipe(v.string(), v.maxLength(256))),
  MemorySize: v.optional(wholeNumber(128, 10_240)),
  Timeout: v.optional(wholeNumber(1, 900)),
  Environment: v.optional(v.strictObject({ Variables: v.optional(variables, {}) })),
  EphemeralStorage: v.optional(
    v.strictObject({
      Size: withoutEffect(wholeNumber(512, 10_240), '/tmp is that of this machine, without a limit', 512),
    }),
  ),
  VpcConfig: withoutEffect(
    v.optional(
      v.strictObject({
        SubnetIds: v.optional(v.pipe(v.array(v.string()), v.maxLength(16), idsOf(/^subnet-[0-9a-z]*$/)), []),
        SecurityGroupIds: v.optional(
          v.pipe(v.array(v.string()), v.maxLength(5), idsOf(/^sg-[0-9a-zA-Z]*$/)),
          [],
        ),
        Ipv6AllowedForDualStack: v.optional(v.boolean()),
      }),
    ),
    'the role must have the permission to connect; whether subnets and security groups exist is not judged, and a function reaches this machine only',
  ),
  TracingConfig: v.optional(
    v.strictObject({
      Mode: withoutEffect(
        v.picklist(['Active', 'PassThrough']),
        'functions get a trace header, and no trace is recorded',
        'PassThrough',
      ),
    }),
  ),
  LoggingConfig: v.optional(
    v.strictObject({
      LogFormat: withoutEffect(v.optional(v.picklist(['Text', 'JSON'])), 'logs are text', 'Text'),
      ApplicationLogLevel: withoutEffect(
        v.optional(v.picklist(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'])),
        ALL_LEVELS,
      ),
      SystemLogLevel: withoutEffect(v.optional(v.picklist(['DEBUG', 'INFO', 'WARN'])), ALL_LEVELS),
      LogGroup: v.optional(v.pipe(v.string(), v.regex(/^[.\-_/#A-Za-z0-9]{1,512}$/))),
    }),
  ),
} as const;

type Architecture = 'x86_64' | 'arm64';

/** The instruction set, which requests set with the code. */
export const architectureEntries = {
  Architectures: withoutEffect(
    v.optional(
      v.pipe(
        v.array(
          v.picklist(
            ['x86_64', 'arm64'],
            'Member must satisfy enum value set: [x86_64, arm64], Member must not be null',
          ),
        ),
        atLeast<Architecture[]>(1),
        atMost<Architecture[]>(1),
      ),
    ),
    'functions run on the processor of this machine',
    [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
  ),
} as const;

/** Environments that are started in advance: of an alias or of a version. */
export const provisionedConcurrency = v.optional(
  v.strictObject({
    ProvisionedConcurrentExecutions: withoutEffect(
      wholeNumber(1, 999_999),
      'the first invocation of an environment is a cold start here',
    ),
  }),
);

const entries = { ...settingsEntries, ...architectureEntries };

/** A function's configuration in requests and templates. */
export type SettingsInput = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>;

/** Members that a function's configuration has only if somebody set them. */
type Unset = 'Environment' | 'VpcConfig';

/** A function's complete configuration, with all defaults. */
export type FunctionSettings = Pick<SettingsInput, Unset> & {
  readonly [Name in Exclude<keyof typeof entries, 'LoggingConfig' | Unset>]-?: NonNullable<
    SettingsInput[Name]
  >;
} & {
  readonly LoggingConfig: NonNullable<SettingsInput['LoggingConfig']> & { readonly LogGroup: string };
};

const DEFAULTS = {
  Description: '',
  MemorySize: 128,
  Timeout: 3,
  Architectures: ['x86_64' as const],
  EphemeralStorage: { Size: 512 },
  TracingConfig: { Mode: 'PassThrough' as const },
};

/** A function's configuration after a request or a template. Absent members keep their previous value, or get the default. */
export function applySettings(
  functionName: string,
  input: SettingsInput,
  previous?: FunctionSettings,
): FunctionSettings {
  const named = Object.entries(input).filter(([name]) => Object.hasOwn(entries, name));
  const given = defined(Object.fromEntries(named) as SettingsInput);
  const { Runtime, Handler, Role, LoggingConfig, ...others } = { ...DEFAULTS, ...previous, ...given };
  if (Runtime === undefined || Handler === undefined) {
    throw invalid(
      'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
    );
  }
  if (Role === undefined) throw invalid('Role is a mandatory parameter.');
  const logging = defined({ ...previous?.LoggingConfig, ...LoggingConfig });
  return {
    ...others,
    Runtime,
    Handler,
    Role,
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${functionName}`, ...logging },
  };
}
