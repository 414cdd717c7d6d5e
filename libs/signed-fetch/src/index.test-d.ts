/**
 * Types: what must not compile does not compile. `tsc` checks this file; nothing runs it.
 */
import middy from '@middy/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import * as v from 'valibot';
import {
  AccessDenied,
  type ApiError,
  type ConnectionFailed,
  type CredentialSource,
  createSignedFetch,
  InvalidPath,
  type JsonResponse,
  type Problem,
  type ResponseTooLarge,
  type SignedFetch,
  SignedFetchError,
  type SignedFetchOptionError,
  signedFetch,
  type Throttled,
} from './index.ts';

const baseUrl = 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev';
const credentials = { accessKeyId: 'AKIAEXAMPLE123456789', secretAccessKey: 'secret' };
const expectType = <Type>(_value: Type): void => {};

// Options of a client.
createSignedFetch({ baseUrl: new URL(baseUrl), credentials: async () => credentials });
createSignedFetch({ baseUrl, credentials: { getCredentials: async () => credentials }, region: undefined });
// @ts-expect-error: a client without credentials cannot sign
createSignedFetch({ baseUrl });
// @ts-expect-error: an access key alone cannot sign
createSignedFetch({ baseUrl, credentials: { accessKeyId: 'AKIAEXAMPLE123456789' } });
// @ts-expect-error: unknown option
createSignedFetch({ baseUrl, credentials, timeout: 1_000 });
// @ts-expect-error: only the middleware finds credentials by a name
createSignedFetch({ baseUrl, credentials: 'assumedRole' });
// @ts-expect-error: unknown option of retries
createSignedFetch({ baseUrl, credentials, retry: { limit: 3 } });
// @ts-expect-error: time is not an option
createSignedFetch({ baseUrl, credentials, runtime: {} });

// Options of a call.
const api = createSignedFetch({ baseUrl, credentials });
api.fetch('/a', { signal: null, timeoutMs: undefined, query: { a: [1, true, 'x'], b: undefined } });
api.fetch('/a', { idempotencyKey: true });
// @ts-expect-error: a stream cannot be sent twice
api.fetch('/a', { body: new ReadableStream() });
// @ts-expect-error: false is not a key
api.fetch('/a', { idempotencyKey: false });
// @ts-expect-error: a parameter cannot be an object
api.fetch('/a', { query: { a: {} } });
// @ts-expect-error: an absolute URL is not a path
api.fetch(new URL(baseUrl));
// @ts-expect-error: bytes are not checked against a schema
api.fetch('/a', { schema: v.string() });
// @ts-expect-error: redirects are never followed
api.fetch('/a', { redirect: 'follow' });

// Responses.
const schema = v.object({ id: v.pipe(v.string(), v.transform(Number)) });
expectType<Promise<JsonResponse<{ id: number }>>>(api.json('/a', { schema }));
expectType<{ id: number }>(v.parse(schema, {}) satisfies StandardSchemaV1.InferOutput<typeof schema>);
expectType<Promise<JsonResponse<unknown>>>(api.json('/a'));
// @ts-expect-error: without a schema nothing is known about the body
api.json('/a').then(({ body }) => body.id);
// @ts-expect-error: the schema knows no such member
api.json('/a', { schema }).then(({ body }) => body.name);
// @ts-expect-error: parsed JSON has no text
api.json('/a').then((response) => response.text());
api.fetch('/a').then(({ body, text }) => expectType<[Uint8Array, () => string]>([body, text]));

// Within an invocation.
expectType<SignedFetch>(api.bind({ remainingTimeInMillis: () => 1_000 }));
// @ts-expect-error: a bound client cannot be bound again
api.bind({}).bind({});
// @ts-expect-error: the time that is left changes, so it is asked for
api.bind({ remainingTimeInMillis: 1_000 });

// The handler's context has exactly what was put there.
middy<unknown, unknown>()
  .use(signedFetch({ baseUrl, credentials: 'role', contextKey: 'messages' }))
  .handler(async (_event, context) => {
    expectType<SignedFetch>(context.messages);
    expectType<CredentialSource>(context.role);
    expectType<string>(context.functionName);
    // @ts-expect-error: no client was put there
    context.api;
    // @ts-expect-error: a client cannot be replaced
    context.messages = api;
  });
middy<unknown, unknown>()
  .use(signedFetch({ baseUrl, credentials }))
  .handler(async (_event, { api: client }) => expectType<SignedFetch>(client));
// @ts-expect-error: a client without credentials cannot sign
signedFetch({ baseUrl });

// Errors.
function read(error: AccessDenied | ApiError | Throttled | ConnectionFailed | ResponseTooLarge): unknown {
  // The code tells the errors apart.
  if (error.code === 'ApiError') return expectType<Problem | undefined>(error.problem);
  if (error.code === 'Throttled') return expectType<number | undefined>(error.retryAfterMs);
  if (error.code === 'ConnectionFailed') return expectType<string>(error.reasonCode);
  expectType<boolean>(error.maybeExecuted);
  return expectType<number>(error.status);
}
expectType<SignedFetchError>(AccessDenied.prototype);
expectType<typeof SignedFetchOptionError>(InvalidPath);
expectType<(error: AccessDenied) => unknown>(read);
// @ts-expect-error: only the subclasses are thrown
new SignedFetchError();
