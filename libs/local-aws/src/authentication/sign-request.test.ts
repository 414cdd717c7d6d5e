import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { signRequest } from './sign-request.ts';

const keys = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
const at = new Date('2026-01-02T03:04:05Z');

/** The hash that the SDK uses on Node. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

/** The signature of the AWS SDK. */
async function ofSdk(
  service: string,
  request: Parameters<typeof signRequest>[0],
): Promise<string | undefined> {
  const signer = new SignatureV4({
    service,
    region: 'eu-west-1',
    credentials: keys,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    applyChecksum: service === 's3',
  });
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(request.rawQuery))
    query[name] = [...(query[name] ?? []), value];
  const { headers } = await signer.sign(
    {
      method: request.method,
      protocol: 'https:',
      hostname: request.host,
      path: request.rawPath,
      query,
      headers: { ...request.headers, host: request.host },
      body: request.body,
    },
    { signingDate: at },
  );
  return headers.authorization;
}

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const text = fc.string({ unit: 'binary-ascii', maxLength: 8 }).map((value) => value.replace(/[^ -~]/g, ''));
const segment = fc.stringMatching(/^[A-Za-z0-9_~-]{1,8}$/);

test.each(['execute-api', 's3'])('the signature for %s is that of the AWS SDK', async (service) => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'DELETE'),
      fc.array(segment, { minLength: 1, maxLength: 3 }),
      fc.uniqueArray(fc.tuple(name, text), { maxLength: 3, selector: ([each]) => each }),
      fc.dictionary(
        name.map((each) => `x-${each}`),
        text,
        { maxKeys: 3 },
      ),
      fc.string({ maxLength: 20 }),
      async (method, path, query, headers, body) => {
        const request = {
          method,
          host: 'a.execute-api.eu-west-1.amazonaws.com',
          rawPath: `/${path.join('/')}`,
          rawQuery: query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&'),
          headers,
          body: Buffer.from(body),
        };
        const { authorization } = signRequest(request, keys, { service, region: 'eu-west-1' }, at);
        expect(authorization).toBe(await ofSdk(service, request));
      },
    ),
  );
});
