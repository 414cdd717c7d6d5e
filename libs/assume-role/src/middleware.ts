import { AssumeRoleOptionError } from './errors.ts';
import { propertiesOf } from './properties.ts';
import type { AssumedRole, AssumedRoleOptions, RoleInvocation, Rules } from './provider.ts';
import { createProvider } from './provider.ts';

/** The options of the role and of the middleware. */
export interface AssumeRoleOptions<Key extends string = string> extends AssumedRoleOptions {
  /** The name of the role on the handler's context. Each role needs its own. @default 'assumedRole' */
  readonly contextKey?: Key | undefined;
  /**
   * The time of the first fetch: `'init'` (when the middleware is made; if that fails, the invocation tries again),
   * `'invocation'` (before the handler runs) or `'use'` (when the handler asks for them). @default 'invocation'
   */
  readonly fetch?: 'init' | 'invocation' | 'use' | undefined;
}

/** Lambda's context, as in `@types/aws-lambda`, which is not needed. */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  getRemainingTimeInMillis(): number;
  done(error?: Error, result?: unknown): void;
  fail(error: Error | string): void;
  succeed(result: unknown): void;
}

/** A Lambda context with a role on it. */
export type ContextWithRole<Key extends string> = LambdaContext & { readonly [K in Key]: AssumedRole };

/** A middy middleware that adds to the context. It fits middy's `use`. */
export type RoleMiddleware<Context> = Readonly<
  Record<'before' | 'after' | 'onError', (request: { context: Context }) => Promise<void>>
> & {
  /**
   * Resolves when the fetch of `fetch: 'init'` has ended, with or without credentials: within 5 seconds. Never rejects: the invocation
   * tries again, and throws the error. Resolves at once for other values of `fetch`.
   */
  readonly ready: Promise<void>;
};

/** The time of the invocation that is reserved to report an error, in milliseconds. */
const MARGIN_MS = 250;
/**
 * The time-out of the request in the init phase, in milliseconds. Lambda gives that phase 10 seconds, and then starts it again within
 * the first invocation: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
 */
const INIT_TIMEOUT_MS = 5_000;
/** The roles on contexts. */
const roles = new WeakSet<object>();

const RULES: Rules<Exclude<keyof AssumeRoleOptions, keyof AssumedRoleOptions>> = {
  contextKey: ['a name such as apiRole', /^[A-Za-z_$][\w$]*$/],
  fetch: ["'init', 'invocation' or 'use'", /^(?:init|invocation|use)$/],
};

/**
 * middy middleware: assumes a role and puts it on the handler's context. Make it once, outside the handler.
 * @throws AssumeRoleOptionError when it is made, or in the invocation if the context already has a member of that name
 * @throws AssumeRoleDenied in the invocation, if STS refuses
 * @throws CredentialsUnavailable in the invocation, if STS gives no credentials in time
 * @example
 * export const handler = middy<unknown, string>()
 *   .use(assumeRole({ roleArn: process.env.INVOKE_ROLE_ARN ?? '', fetch: 'init' }))
 *   .handler(async (event, context) => (await context.assumedRole.getCredentials()).accessKeyId);
 */
export function assumeRole<const Key extends string = 'assumedRole'>(
  options: AssumeRoleOptions<Key>,
): RoleMiddleware<ContextWithRole<Key>> {
  const provider = createProvider(options, RULES);
  const { contextKey = 'assumedRole', fetch = 'invocation' } = options;
  const ready = fetch === 'init' ? provider.prefetch(INIT_TIMEOUT_MS) : Promise.resolve();

  const running = new WeakMap<object, RoleInvocation>();
  // There is no invocation if a middleware before this one failed.
  const end = async (request: object, finish: boolean) => running.get(request)?.end({ finish });
  return {
    ready,
    before: async (request) => {
      const { context } = request;
      const { [contextKey]: occupied } = propertiesOf(context);
      if (occupied !== undefined && !roles.has(propertiesOf(occupied))) {
        throw new AssumeRoleOptionError('contextKey', `must be another name: context.${contextKey} exists.`);
      }
      // A context in a test may lack this function.
      const remaining = context.getRemainingTimeInMillis?.() ?? 10_000;
      const invocation = provider.beginInvocation(remaining - MARGIN_MS);
      running.set(request, invocation);
      roles.add(invocation.role);
      Object.assign(context, { [contextKey]: invocation.role });
      if (fetch !== 'use') await invocation.role.getCredentials();
    },
    after: (request) => end(request, true),
    onError: (request) => end(request, false),
  };
}
