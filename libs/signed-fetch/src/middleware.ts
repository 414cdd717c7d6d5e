import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import type { CredentialSource } from './call.ts';
import {
  type CredentialsInput,
  createSignedFetch,
  readCredentials,
  type SignedFetch,
  type SignedFetchOptions,
} from './client.ts';
import { SignedFetchOptionError } from './errors.ts';
import { check } from './request.ts';

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

/** A Lambda context with the client that this middleware adds, and the source of credentials that it needs. */
export type ContextWithApi<Key extends string, Credentials> = Context & {
  readonly [K in Key]: SignedFetch;
} & (Credentials extends string ? { readonly [K in Credentials]: CredentialSource } : unknown);

const IDENTIFIER = /^(?!(?:__proto__|constructor|prototype)$)[A-Za-z_$][\w$]*$/;

/** Members of Lambda's own context, which must not be overwritten. */
const RESERVED =
  /^(?:awsRequestId|callbackWaitsForEmptyEventLoop|clientContext|done|fail|function(?:Name|Version)|getRemainingTimeInMillis|identity|invokedFunctionArn|log(?:Group|Stream)Name|memoryLimitInMB|succeed)$/;

/**
 * middy middleware: puts a client on the handler's context that is bound to one API and to the invocation's time.
 *
 * Make it once, outside the handler. Credentials come from a source, or from the context, where `assumeRole` puts one.
 * When the invocation ends, calls that are still running are ended: the process may be frozen, and half a request must
 * not go on an hour later.
 * @throws SignedFetchOptionError when it is made, naming the option
 * @example
 * export const handler = middy<unknown, unknown>()
 *   .use(assumeRole({ roleArn }))
 *   .use(signedFetch({ baseUrl, credentials: 'assumedRole' }))
 *   .handler(async (event, context) => (await context.api.json('/messages', { json: { foo: 'bar' } })).body);
 */
export function signedFetch<
  const Credentials extends string | CredentialsInput,
  const Key extends string = 'api',
>(
  options: SignedFetchMiddlewareOptions<Key, Credentials>,
): MiddlewareObj<unknown, unknown, Error, ContextWithApi<Key, Credentials>> {
  const { contextKey = 'api', credentials, ...rest } = Object(options) as typeof options;
  check(
    typeof contextKey === 'string' && IDENTIFIER.test(contextKey) && !RESERVED.test(contextKey),
    'contextKey',
    'must be an identifier that the context of Lambda does not use: api',
  );
  const name = typeof credentials === 'string' ? credentials : undefined;
  check(
    name === undefined || IDENTIFIER.test(name),
    'credentials',
    'must be credentials, or an identifier: assumedRole',
  );
  const client = createSignedFetch({
    ...rest,
    credentials: typeof credentials === 'string' ? { getCredentials: unbound } : credentials,
  });
  const running = new WeakMap<object, AbortController>();
  const end = (request: object): void => running.get(request)?.abort(new Error('The invocation has ended.'));
  return {
    before: (request) => {
      const { context } = request;
      const controller = new AbortController();
      running.set(request, controller);
      const { getRemainingTimeInMillis, xRayTraceId }: Partial<Record<string, unknown>> = { ...context };
      const scope = {
        remainingTimeInMillis:
          typeof getRemainingTimeInMillis === 'function'
            ? () => context.getRemainingTimeInMillis()
            : undefined,
        traceHeader: typeof xRayTraceId === 'string' ? xRayTraceId : undefined,
        signal: controller.signal,
      };
      const source = name === undefined ? undefined : sourceOn(context, name);
      Object.assign(context, { [contextKey]: client.bind(scope, source) });
    },
    after: end,
    onError: end,
  };
}

function sourceOn(context: object, name: string): CredentialSource {
  const found: unknown = Reflect.get(context, name);
  check(
    found !== undefined,
    'credentials',
    `names context.${name}, which is not set. Set it with a middleware before this one: assumeRole({ contextKey: '${name}', ... })`,
  );
  return readCredentials(found);
}

async function unbound(): Promise<never> {
  throw new SignedFetchOptionError('credentials', 'come from the context, which only an invocation has');
}
