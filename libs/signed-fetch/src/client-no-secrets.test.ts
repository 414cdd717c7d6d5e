import { inspect } from 'node:util';
import * as v from 'valibot';
import { json, outcome, SECRET, setUp, TOKEN } from './client.testing.ts';
import { gatewayAnswer, networkError, useFakeTime } from './fake-api.testing.ts';
import { SignedFetchError } from './index.ts';

useFakeTime();

describe('errors', () => {
  test('an error contains no secret, even if the API quotes the whole request', async () => {
    const { client, api } = setUp([
      () => {
        const sent = api.requests.at(-1)?.headers;
        return gatewayAnswer(
          403,
          {
            message: `does not match. ${sent?.get('authorization')}\n\nThe Canonical String for this request should have been\n'x-amz-security-token:${TOKEN}-1'`,
          },
          { errorType: 'InvalidSignatureException' },
        );
      },
      () =>
        gatewayAnswer(
          500,
          { detail: `${TOKEN}-1 ${SECRET}` },
          { 'content-type': 'application/problem+json' },
        ),
    ]);
    for (const path of ['/a', '/b']) {
      const error = await outcome(client.fetch(path, json));
      const shown = inspect(error, { depth: 20, showHidden: true });
      expect(shown).not.toContain(TOKEN);
      expect(shown).not.toContain(SECRET);
      expect(shown).not.toMatch(/Signature=[0-9a-f]/);
      expect(shown).not.toContain('Canonical String');
    }
    expect(inspect(client, { depth: 20, showHidden: true })).not.toMatch(/wJalrXUtnFEMI/);
  });

  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const unicode = (text: string, write = (hex: string) => hex) =>
    text.replaceAll(/./gs, (char) => `\\u${write(char.charCodeAt(0).toString(16).padStart(4, '0'))}`);
  const html = (text: string) =>
    text.replaceAll('/', '&#x2F;').replaceAll('+', '&#43;').replaceAll('=', '&equals;');
  const lower = (text: string) => encodeURIComponent(text).replaceAll(/%../g, (code) => code.toLowerCase());

  test.each<[string, (secret: string) => string]>([
    ['unchanged', (secret) => `PRIVATE ${secret}`],
    ['percent-encoded', (secret) => `PRIVATE ${encodeURIComponent(secret)}`],
    ['percent-encoded in lower case', (secret) => `PRIVATE ${lower(secret)}`],
    ['percent-encoded twice', (secret) => `PRIVATE ${encodeURIComponent(lower(secret))}`],
    ['escaped for HTML', (secret) => `PRIVATE ${html(secret)}`],
    ['in base64', (secret) => `PRIVATE ${base64(secret)}`],
    ['in base64 after one byte', (secret) => `PRIVATE ${base64(`:${secret}:`)}`],
    ['in base64 after two bytes', (secret) => `PRIVATE ${base64(`::${secret}`)}`],
    ['in base64url', (secret) => `PRIVATE ${Buffer.from(secret).toString('base64url')}`],
    ['cut off', (secret) => `PRIVATE ${secret.slice(0, 30)}`],
    ['in JSON', (secret) => JSON.stringify({ detail: 'PRIVATE', more: [secret] })],
    [
      'in JSON with escaped slashes',
      (secret) => JSON.stringify({ detail: 'PRIVATE', secret }).replaceAll('/', '\\/'),
    ],
    ['in JSON as \\u escapes', (secret) => `{"detail":"PRIVATE","secret":"${unicode(secret)}"}`],
    [
      'in JSON as \\u escapes with capital digits, as .NET writes them',
      (secret) => `{"detail":"PRIVATE","secret":"${unicode(secret, (hex) => hex.toUpperCase())}"}`,
    ],
    ['as a key of JSON', (secret) => JSON.stringify({ detail: 'PRIVATE', [secret]: 1 })],
    [
      'as a nested key of JSON',
      (secret) => JSON.stringify({ detail: 'PRIVATE', a: { [secret]: 1 } }).replaceAll('/', '\\/'),
    ],
  ])('an error shows nothing of a response that repeats a secret %s', async (_, write) => {
    const secrets: ((sent: Headers | undefined) => string | undefined)[] = [
      (sent) => sent?.get('x-amz-security-token') ?? undefined,
      (sent) => sent?.get('authorization')?.split('Signature=')[1],
      () => SECRET,
    ];
    for (const secretOf of secrets) {
      for (const [status, type] of [
        [500, 'application/problem+json'],
        [403, 'application/json'],
        [422, 'text/html'],
      ] as const) {
        const { client, api } = setUp([
          () =>
            new Response(write(secretOf(api.requests.at(-1)?.headers) ?? ''), {
              status,
              headers: { 'content-type': type },
            }),
        ]);
        const error = await outcome(client.fetch('/a', json));
        expect(error).toBeInstanceOf(SignedFetchError);
        const shown = inspect(error, { depth: 20, showHidden: true });
        expect(shown).toContain('(not shown: it repeats a secret of the request)');
        expect(shown).not.toContain('PRIVATE');
      }
    }
  });

  test.each<[string, (token: string) => Response]>([
    ['a body that is no JSON', (token) => new Response(`<PRIVATE ${token}>`)],
    ['a body that the schema refuses', (token) => Response.json({ PRIVATE: token })],
    ['an escaped body that the schema refuses', (token) => new Response(`["PRIVATE ${unicode(token)}"]`)],
    [
      'the headers of a success',
      (token) =>
        Response.json(
          {},
          { headers: { 'x-amzn-requestid': `PRIVATE${token}`, 'x-amz-apigw-id': `PRIVATE${token}` } },
        ),
    ],
    [
      'the location of a redirect',
      (token) =>
        new Response('', { status: 302, headers: { location: `/PRIVATE?t=${encodeURIComponent(token)}` } }),
    ],
    [
      'the headers of an error response',
      (token) =>
        new Response('', {
          status: 403,
          headers: { 'x-amzn-errortype': `PRIVATE${token}`, 'x-amzn-requestid': `PRIVATE${token}` },
        }),
    ],
    [
      'the headers of an answer that is too large',
      (token) => new Response('x'.repeat(101), { headers: { 'x-amzn-requestid': `PRIVATE${token}` } }),
    ],
  ])('an error contains no secret that is repeated in %s', async (_what, reply) => {
    const { client, api } = setUp(
      [() => reply(api.requests.at(-1)?.headers.get('x-amz-security-token') ?? '')],
      {
        maxResponseBytes: 100,
      },
    );
    const schema = v.pipe(
      v.unknown(),
      v.check(
        () => false,
        ({ input }) => `got ${JSON.stringify(input)}`,
      ),
    );
    const error = await outcome(client.json('/a', { schema }));
    expect(error).toBeInstanceOf(SignedFetchError);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/PRIVATE|IQoJb3JpZ2lu/);
  });

  test('an error contains no secret that the error of fetch repeats, as errors of some mocks do', async () => {
    const { client, api } = setUp([
      () => networkError('ERR', `PRIVATE ${JSON.stringify([...(api.requests.at(-1)?.headers ?? [])])}`),
    ]);
    const error = await outcome(client.fetch('/a', json));
    expect(error).toMatchObject({ code: 'ConnectionFailed', reasonCode: 'ERR' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/PRIVATE|IQoJb3JpZ2lu/);
  });
});
