import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { createSignedFetch } from './client.ts';
import { credentialSource } from './credential-source.ts';
import { InvalidOption } from './errors/invalid-option.ts';
import type {
  CredentialSource,
  CredentialsInput,
  SignedFetch,
  SignedFetchMiddlewareOptions,
} from './types.ts';

/** A Lambda context on which this middleware put a client, and another one the credentials, if it was told so. */
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
 * When the invocation ends, calls that are still under way are ended: the process may be frozen, and a request that
 * is half sent must not go on an hour later.
 * @throws InvalidOption when it is made, naming the option
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
  const { contextKey = 'api', credentials, ...rest } = options;
  if (typeof contextKey !== 'string' || !IDENTIFIER.test(contextKey) || RESERVED.test(contextKey)) {
    throw new InvalidOption(
      'contextKey',
      'must be an identifier that Lambda’s own context does not use: api',
    );
  }
  if (typeof credentials === 'string' && !IDENTIFIER.test(credentials)) {
    throw new InvalidOption(
      'credentials',
      'must be a source of credentials, or the name of one on the context',
    );
  }
  const named = typeof credentials === 'string' ? credentials : undefined;
  const client = createSignedFetch({
    ...rest,
    credentials: typeof credentials === 'string' ? { getCredentials: notBound } : credentials,
  });
  const running = new WeakMap<object, AbortController>();
  const end = (request: object): void => {
    running
      .get(request)
      ?.abort(new Error('The invocation has ended; a call that was not awaited was stopped.'));
    running.delete(request);
  };
  return {
    before: (request) => {
      const { context } = request;
      const controller = new AbortController();
      running.set(request, controller);
      const source = named === undefined ? undefined : sourceOnContext(context, named);
      const scope = {
        ...(typeof context.getRemainingTimeInMillis === 'function' && {
          remainingTimeInMillis: () => context.getRemainingTimeInMillis(),
        }),
        traceHeader: 'xRayTraceId' in context ? asText(context.xRayTraceId) : undefined,
        signal: controller.signal,
      };
      Object.assign(context, { [contextKey]: client.bind(scope, source) });
    },
    after: end,
    onError: end,
  };
}

function sourceOnContext(context: object, name: string): CredentialSource {
  const found: unknown = Reflect.get(context, name);
  if (found === undefined || typeof found === 'string') {
    throw new InvalidOption(
      'credentials',
      `names context.${name}, which is not there. Use a middleware that puts it there before this one: assumeRole({ contextKey: '${name}', … })`,
    );
  }
  return credentialSource(found as CredentialsInput);
}

async function notBound(): Promise<never> {
  throw new InvalidOption('credentials', 'come from the context, so there are none outside an invocation');
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
