import { advance, FakeApi, gatewayAnswer, type Reply } from './fake-api.testing.ts';
import {
  createSignedFetch,
  type RequestOptions,
  type SignedFetchOptions,
  type SigningCredentials,
} from './index.ts';

/** The API of the tests. */
export const baseUrl = 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev';
/** The secret access key of all credentials. */
export const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
/** The prefix of the session tokens. */
export const TOKEN = 'IQoJb3JpZ2luX2VjEXAMPLE/zQ8Yp3vTfLk+9Jm2Xw7Rc5Nd1Hs6Gb==';

/** A source whose credentials are numbered, as `assume-role`'s provider renews them. */
export function numberedSource() {
  let number = 1;
  const rejected: SigningCredentials[] = [];
  return {
    rejected,
    getCredentials: async () => ({
      accessKeyId: `ASIAEXAMPLE00000000${number}`,
      secretAccessKey: SECRET,
      sessionToken: `${TOKEN}-${number}`,
    }),
    invalidate: (credentials: SigningCredentials) => {
      rejected.push(credentials);
      number += 1;
    },
  };
}

/** A client of an API that answers by a list. */
export function setUp(replies: (Reply | (() => Reply))[], options: Partial<SignedFetchOptions> = {}) {
  const api = new FakeApi(...replies);
  const source = numberedSource();
  const client = createSignedFetch({
    baseUrl,
    credentials: source,
    fetch: api.fetch as typeof fetch,
    ...options,
  });
  return { api, source, client };
}

/** Makes a call while time passes as needed. */
export async function outcome<T>(call: Promise<T>, ms = 120_000): Promise<T | Error> {
  const result = call.catch((error: Error) => error);
  await advance(ms);
  return result;
}

/** A success. */
export const ok = () => gatewayAnswer(200, { ok: true });
/** The options of a POST that must not be repeated. */
export const json = { json: { foo: 'bar' } };
/** The options of a POST that may be repeated. */
export const keyed: RequestOptions = { ...json, idempotencyKey: 'key-1' };
