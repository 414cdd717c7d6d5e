import { createSignedFetch, DEFAULT_LIMITS, type SignedFetch, type SignedFetchOptions } from './client.ts';
import { check } from './errors.ts';
import { warnOfLimits } from './log.ts';
import { propertiesOf } from './properties.ts';
import { type CredentialSource, type CredentialsInput, readCredentials } from './sign.ts';
import { matches } from './text.ts';
import { traceContextOf } from './trace-context.ts';

/** The options of the middleware: {@link SignedFetchOptions}, but the credentials may come from the context. */
export interface SignedFetchMiddlewareOptions<
  Key extends string = string,
  Credentials extends string | CredentialsInput = string | CredentialsInput,
> extends Omit<SignedFetchOptions, 'credentials'> {
  /** Credentials, or the name on the context under which an earlier middleware put their source. */
  readonly credentials: Credentials;
  /** The name of the client on the handler's context. @default 'api' */
  readonly contextKey?: Key | undefined;
}

/**
 * Lambda's context, as in `@types/aws-lambda`: middy takes no middleware whose context has less. It is written out because
 * those types need Node's.
 */
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

/** A Lambda context with the client that this middleware adds, and the source of credentials that it needs. */
export type ContextWithApi<Key extends string, Credentials> = LambdaContext & {
  readonly [K in Key]: SignedFetch;
} & (Credentials extends string ? { readonly [K in Credentials]: CredentialSource } : unknown);

/** A middy middleware that adds to the context. It fits the parameter of middy's `use`. */
export interface ApiMiddleware<Context> {
  readonly before: (request: { context: Context; event?: unknown }) => void;
  readonly after: (request: { context: Context }) => void;
  readonly onError: (request: { context: Context }) => void;
}

/** The clients that were put on contexts. */
const clients = new WeakSet<object>();

/**
 * middy middleware: puts a client on the handler's context that is bound to one API and to the invocation's time. Make it
 * once, outside the handler. When the invocation ends, calls that are still running are ended: the process may be frozen,
 * and half a request must not go on an hour later.
 * @throws SignedFetchOptionError
 * @example
 * export const handler = middy<unknown, unknown>()
 *   .use(assumeRole({ roleArn }))
 *   .use(signedFetch({ baseUrl, credentials: 'assumedRole' }))
 *   .handler(async (event, context) => (await context.api.json('/messages', { json: { foo: 'bar' } })).body);
 */
export function signedFetch<
  const Credentials extends string | CredentialsInput,
  const Key extends string = 'api',
>(options: SignedFetchMiddlewareOptions<Key, Credentials>): ApiMiddleware<ContextWithApi<Key, Credentials>> {
  const { contextKey = 'api', credentials, ...rest } = propertiesOf(options) as unknown as typeof options;
  check(matches(contextKey, /./), 'contextKey', 'must be a name such as api');
  const client = createSignedFetch({
    ...rest,
    // For the check of the options. Calls use the source that `before` finds on the context.
    credentials: typeof credentials === 'string' ? () => Promise.reject() : credentials,
  });
  const running = new WeakMap<object, AbortController>();
  const { logger, timeoutMs = DEFAULT_LIMITS.timeoutMs, marginMs = DEFAULT_LIMITS.marginMs } = rest;
  let hasWarned = false;
  const end = (request: object): void => running.get(request)?.abort(new Error('The invocation has ended.'));
  return {
    before: (request) => {
      const { context, event } = request;
      const { [contextKey]: occupied, xRayTraceId } = propertiesOf(context);
      const isFree = occupied === undefined || clients.has(propertiesOf(occupied));
      check(isFree, 'contextKey', `must be another name: context.${contextKey} exists`);
      const controller = new AbortController();
      running.set(request, controller);
      const remainingTimeInMillis = context.getRemainingTimeInMillis?.bind(context);
      const remainingMs = remainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
      if (!hasWarned && remainingMs < timeoutMs + marginMs) {
        hasWarned = true;
        warnOfLimits(logger, { timeoutMs, marginMs, remainingMs });
      }
      const scope = {
        remainingTimeInMillis,
        traceHeader: xRayTraceId as string | undefined,
        traceContext: traceContextOf(event),
        signal: controller.signal,
      };
      const source = typeof credentials === 'string' ? sourceOn(context, credentials) : undefined;
      const bound = client.bind(scope, source);
      clients.add(bound);
      Object.assign(context, { [contextKey]: bound });
    },
    after: end,
    onError: end,
  };
}

function sourceOn(context: object, name: string): CredentialSource {
  const found: unknown = Reflect.get(context, name);
  const rule = `need context.${name}: use assumeRole({ contextKey: '${name}' }) before`;
  check(found !== undefined, 'credentials', rule);
  return readCredentials(found);
}
