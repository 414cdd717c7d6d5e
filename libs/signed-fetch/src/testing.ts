import { createSignedFetch, type SignedFetch, type SignedFetchOptions } from './client.ts';

/** A request that the fake got. */
export interface FakeCall {
  readonly method: string;
  /** Below the base URL, without the query: `/messages/1`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** The body, parsed if it is JSON, else as text. `undefined`: there is none. */
  readonly body: unknown;
}

/** The answer of the fake to a call. */
export interface FakeAnswer {
  /** @default 200 */
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON. A text is sent as it is. @default none */
  readonly body?: unknown;
}

/** A client whose API is a function of the test. */
export interface FakeApi extends SignedFetch {
  /** The requests so far, with repetitions. */
  readonly calls: readonly FakeCall[];
}

/** The options of a fake: those of a client, each with a default. */
export type FakeApiOptions = Partial<Omit<SignedFetchOptions, 'fetch'>>;

/**
 * Makes a client for tests, to be put on a handler's context. It is the real client, so it checks paths and options, and throws the
 * real errors; only the network is the function of the test. It needs no test framework. A call is not repeated, unless `retry` says so.
 * @param answer answers each request. If it throws, the connection has failed, by the `code` of the error if it has one, such as `ECONNRESET`.
 * An answer with another member fails the call, too, and says so
 * @example
 * const api = fakeApi(({ path }) => (path === '/messages' ? { body: { id: '1' } } : { status: 404 }));
 * await send({ foo: 'bar' }, { api });
 * assert.deepEqual(api.calls[0]?.body, { foo: 'bar' });
 */
export function fakeApi(
  answer: (call: FakeCall) => FakeAnswer | Promise<FakeAnswer>,
  options: FakeApiOptions = {},
): FakeApi {
  const calls: FakeCall[] = [];
  const client = createSignedFetch({
    baseUrl: 'https://fake0api00.execute-api.eu-west-1.amazonaws.com/test',
    credentials: { accessKeyId: 'ASIAFAKE000000000001', secretAccessKey: 'fake' },
    retry: { maxAttempts: 1 },
    ...options,
    fetch: async (input, { method = 'GET', headers, body } = {}) => {
      const url = new URL(String(input));
      const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : undefined;
      const call = {
        method,
        path: url.pathname.slice(new URL(client.baseUrl).pathname.length),
        query: url.searchParams,
        headers: new Headers(headers),
        body: text === undefined ? undefined : parse(text),
      };
      calls.push(call);
      return responseOf(await answer(call));
    },
  });
  return { ...client, calls };
}

/** @throws TypeError for a member that an answer does not have, such as `statusCode`: without it, the answer would be 200 */
function responseOf({ status = 200, headers, body, ...others }: FakeAnswer): Response {
  for (const name of Object.keys(others)) {
    throw new TypeError(
      `fakeApi: an answer has status, headers and body, and no ${name}. To break the connection, throw an error`,
    );
  }
  const isText = typeof body === 'string';
  const text = body === undefined || isText ? (body ?? null) : JSON.stringify(body);
  return new Response(text, {
    status,
    headers: { ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }), ...headers },
  });
}

/** JSON as a value, and any other text as it is. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
