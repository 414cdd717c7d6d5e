import fc from 'fast-check';
import { type AwsRequest, header } from '../core/request.ts';
import {
  awsRequest,
  temporaryTestCredential as credential,
  signRequest,
  testRules,
  testTime,
} from './signed-requests.testing.ts';
import { authenticate } from './verification.ts';

const store = { findCredential: () => credential };
const clock = { now: () => testTime };
const accepted = (request: AwsRequest, service: string): boolean =>
  authenticate(request, testRules(service), store, clock).authenticated;

// The unit `binary` means the same, but fast-check makes a table of all code points for it, which takes most of a second.
const codePoint = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));
const segment = fc.stringMatching(/^[a-z0-9-]{1,8}$/);
const signedRequests = fc
  .record({
    service: fc.constantFrom('execute-api', 'sts', 's3'),
    method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE'),
    path: fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`),
    query: fc
      .array(fc.tuple(segment, segment), { maxLength: 3 })
      .map((pairs) => pairs.map((pair) => pair.join('=')).join('&')),
    note: segment,
    body: fc.string({ minLength: 1 }),
    presigned: fc.boolean(),
  })
  .map(({ service, method, path, query, note, body, presigned }) => ({
    service,
    presigned,
    request: signRequest(
      {
        method,
        host: 'local.test',
        rawPath: path,
        rawQuery: query,
        body,
        headers: [
          ['x-amz-meta-note', note],
          ['x-note', note],
        ],
      },
      credential,
      { service, ...(presigned && { expiresSeconds: 600 }) },
    ),
  }));

type Signed = typeof signedRequests extends fc.Arbitrary<infer Value> ? Value : never;
type Change = (signed: Signed, text: string) => AwsRequest | undefined;

const editHeader = (request: AwsRequest, name: string, edit: (value: string) => string): AwsRequest => ({
  ...request,
  headers: request.headers.map(([key, value]) => [key, key === name ? edit(value) : value] as const),
});
const editAuthorization = ({ request, presigned }: Signed, header: RegExp, to: string): AwsRequest =>
  presigned
    ? { ...request, rawQuery: request.rawQuery.replace(header, to) }
    : editHeader(request, 'authorization', (value) => value.replace(header, to));

const changes: Record<string, Change> = {
  'another method': ({ request }) => ({ ...request, method: request.method === 'GET' ? 'POST' : 'GET' }),
  'a longer path': ({ request }, text) => ({ ...request, rawPath: `${request.rawPath}/${text}` }),
  'a character of the path': ({ request }, text) => ({ ...request, rawPath: `${request.rawPath}${text}` }),
  'an encoded path': ({ request, service }) =>
    service === 's3' || request.rawPath === '/'
      ? undefined
      : {
          ...request,
          rawPath: request.rawPath.replace(/[a-z0-9-]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
        },
  'an encoded slash': ({ request, service }) =>
    service === 's3'
      ? undefined
      : { ...request, rawPath: `/${request.rawPath.slice(1).replace('/', '%2F')}%2F` },
  'a slash at the end': ({ request }) =>
    request.rawPath === '/' ? undefined : { ...request, rawPath: `${request.rawPath}/` },
  'one more parameter': ({ request }, text) => ({ ...request, rawQuery: `${request.rawQuery}&${text}=1` }),
  'a repeated parameter': ({ request }) =>
    request.rawQuery === ''
      ? undefined
      : { ...request, rawQuery: `${request.rawQuery}&${request.rawQuery.split('&')[0]}` },
  'a second signature': ({ request }) => ({
    ...request,
    rawQuery: `${request.rawQuery}&X-Amz-Signature=${'0'.repeat(64)}`,
  }),
  'no query': ({ request }) => (request.rawQuery === '' ? undefined : { ...request, rawQuery: '' }),
  'another host': ({ request }, text) => ({
    ...editHeader(request, 'host', () => `${text}.test`),
    host: `${text}.test`,
  }),
  'a host for routing alone': ({ request }, text) => ({ ...request, host: `${text}.test` }),
  'a second host': ({ request }, text) => ({ ...request, headers: [...request.headers, ['host', text]] }),
  'another signed x-amz-* header': ({ request }, text) =>
    editHeader(request, 'x-amz-meta-note', (value) => value + text),
  'another signed header': ({ request }, text) => editHeader(request, 'x-note', (value) => value + text),
  'a repeated signed header': ({ request }, text) => ({
    ...request,
    headers: [...request.headers, ['x-note', text]],
  }),
  'no signed header': ({ request }) => ({
    ...request,
    headers: request.headers.filter(([name]) => name !== 'x-note'),
  }),
  'an empty signed header': ({ request }) => editHeader(request, 'x-note', () => ''),
  'an unsigned x-amz-* header': ({ request }, text) => ({
    ...request,
    headers: [...request.headers, [`x-amz-${text}`, '1']],
  }),
  'another body': ({ request, presigned, service }, text) =>
    presigned && service === 's3'
      ? undefined
      : { ...request, body: Buffer.concat([request.body, Buffer.from(text)]) },
  'no body': ({ request, presigned, service }) =>
    presigned && service === 's3' ? undefined : { ...request, body: Buffer.alloc(0) },
  'another token': ({ request, presigned }, text) =>
    presigned
      ? {
          ...request,
          rawQuery: request.rawQuery.replace('X-Amz-Security-Token=', `X-Amz-Security-Token=${text}`),
        }
      : editHeader(request, 'x-amz-security-token', (value) => value + text),
  'another second': (signed) =>
    signed.presigned
      ? editAuthorization(signed, /T120000Z/, 'T120001Z')
      : editHeader(signed.request, 'x-amz-date', () => '20260101T120001Z'),
  'a later expiry': ({ request, presigned }) =>
    presigned ? { ...request, rawQuery: request.rawQuery.replace('Expires=600', 'Expires=601') } : undefined,
  'another date in the scope': (signed) => editAuthorization(signed, /20260101(?=\/|%2F)/, '20260102'),
  'another region in the scope': (signed) => editAuthorization(signed, /us-east-1/, 'us-east-2'),
  'another service in the scope': (signed) =>
    editAuthorization(signed, /(\/|%2F)(execute-api|sts|s3)(?=\/|%2F)/, '$1lambda'),
  'another terminator in the scope': (signed) => editAuthorization(signed, /aws4_request/, 'aws4_requests'),
  'another access key': (signed) => editAuthorization(signed, /ASIAEXAMPLE/, 'ASIAEXAMPLF'),
  'fewer signed headers': (signed) => editAuthorization(signed, /(;|%3B)x-note/, ''),
  'another signature': (signed) => editAuthorization(signed, /[0-9a-f](?=[0-9a-f]{63}$)/, 'x'),
};

describe('a signed request', () => {
  test('is accepted as it was signed', () => {
    fc.assert(fc.property(signedRequests, ({ request, service }) => accepted(request, service)));
  });

  test.each(Object.entries(changes))('is refused with %s', (_name, change) => {
    let changed = 0;
    fc.assert(
      fc.property(signedRequests, segment, (signed, text) => {
        const request = change(signed, text);
        if (request === undefined) return;
        changed += 1;
        expect(request).not.toEqual(signed.request);
        // This store knows only the key's owner. The access key is looked up, but not signed.
        const stores = {
          findCredential: (id: string) => (id === credential.accessKeyId ? credential : undefined),
        };
        const outcome = authenticate(request, testRules(signed.service), stores, clock);
        expect(outcome.authenticated).toBe(false);
      }),
    );
    expect(changed).toBeGreaterThan(0);
  });

  test('is refused with any other byte of a body, path or header in its place', () => {
    const request = signRequest(
      {
        method: 'POST',
        host: 'local.test',
        rawPath: '/stage/messages/42',
        rawQuery: 'limit=10',
        body: '{"text":"hello"}',
      },
      credential,
      { service: 'execute-api' },
    );
    const replaced = (text: string, at: number, character: string): string =>
      text.slice(0, at % text.length) + character + text.slice((at % text.length) + 1);
    fc.assert(
      fc.property(
        fc.constantFrom('body', 'rawPath', 'rawQuery', 'x-amz-date'),
        fc.nat(),
        fc.stringMatching(/^[A-Za-z0-9]$/),
        (where, at, character) => {
          const before = where === 'x-amz-date' ? header(request, where)! : String(request[where as 'body']);
          const value = replaced(before, at, character);
          fc.pre(value !== before);
          const changed =
            where === 'x-amz-date'
              ? editHeader(request, where, () => value)
              : { ...request, [where]: where === 'body' ? Buffer.from(value) : value };
          expect(accepted(changed, 'execute-api')).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('malformed input', () => {
  const text = fc.string({ unit: codePoint, maxLength: 40 });
  const authorization = fc.oneof(
    text,
    fc
      .array(
        fc.oneof(
          text,
          fc.constantFrom(
            'AWS4-HMAC-SHA256',
            'Credential=',
            'SignedHeaders=',
            'Signature=',
            'a/20260101/r/s/aws4_request',
            'host',
            ',',
            ' ',
            ';',
            '=',
          ),
        ),
      )
      .map((parts) => parts.join('')),
  );
  const headers = fc.array(
    fc.tuple(
      fc.constantFrom(
        'authorization',
        'x-amz-date',
        'date',
        'x-amz-security-token',
        'x-amz-content-sha256',
        'x-amz-trailer',
        'host',
        '__proto__',
      ),
      fc.oneof(authorization, fc.constantFrom('20260101T120000Z', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER')),
    ),
    { maxLength: 6 },
  );
  const query = fc
    .array(
      fc.tuple(
        fc.constantFrom(
          'X-Amz-Algorithm',
          'X-Amz-Credential',
          'X-Amz-Date',
          'X-Amz-Expires',
          'X-Amz-SignedHeaders',
          'X-Amz-Signature',
          '__proto__',
          '%',
        ),
        fc.oneof(
          text,
          fc.constantFrom(
            'AWS4-HMAC-SHA256',
            'a/20260101/r/s3/aws4_request',
            '20260101T120000Z',
            '60',
            'host',
            '%E9',
          ),
        ),
      ),
      { maxLength: 8 },
    )
    .map((pairs) => pairs.map((pair) => pair.join('=')).join('&'));

  test('is never accepted, and never throws', () => {
    fc.assert(
      fc.property(
        headers,
        query,
        text,
        fc.uint8Array({ maxLength: 64 }),
        fc.constantFrom('execute-api', 's3'),
        (sent, rawQuery, rawPath, body, service) => {
          const request = {
            ...awsRequest({ host: 'local.test', rawPath, rawQuery, body: Buffer.from(body) }),
            headers: sent,
          };
          expect(accepted(request, service)).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('of great length is dealt with at once', () => {
    for (const piece of [' ', ',', 'a=', '/', ';', '%', '%2', '=', '\t ', 'AWS4-HMAC-SHA256 ']) {
      const long = piece.repeat(100_000);
      const request = awsRequest({ rawPath: long, rawQuery: long });
      expect(accepted({ ...request, headers: [['authorization', long]] }, 'execute-api')).toBe(false);
      const signed = signRequest({ headers: [['x-note', long]] }, credential, { service: 'execute-api' });
      expect(accepted(signed, 'execute-api')).toBe(true);
    }
  });
});
