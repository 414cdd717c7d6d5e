import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import aws4 from 'aws4';
import { AwsV4Signer } from 'aws4fetch';
import type { Keys } from './sign.testing.ts';

/** A request to sign. */
export interface UnsignedSample {
  readonly method: string;
  readonly host: string;
  /** Encoded, as it is sent. */
  readonly path: string;
  /** Not encoded. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Ignored for `GET`. */
  readonly body: string;
  readonly keys: Keys;
  /** Whether the signature is in the query. */
  readonly presigned: boolean;
  readonly service: string;
  readonly region: string;
  readonly date: Date;
}

/** A request as the client sends it. */
export interface SignedSample {
  readonly method: string;
  readonly path: string;
  /** Encoded, without `?`. */
  readonly query: string;
  /** With lower-case names, and without `host`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Encodes text for a URL, as all these clients do. */
export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Its spaces are to be trimmed before it is signed. */
const CUSTOM = '  a   b ';

const bodyOf = ({ method, body }: UnsignedSample) => (method === 'GET' ? '' : body);
const timestampOf = ({ date }: UnsignedSample) => date.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');

const withoutHost = (headers: Iterable<readonly [string, unknown]>) =>
  Object.fromEntries(
    [...headers]
      .map(([name, value]) => [name.toLowerCase(), String(value)])
      .filter(([name]) => name !== 'host'),
  );

/** aws4fetch signs WHATWG URLs: the URL decides what is sent. */
async function viaAws4fetch(sample: UnsignedSample): Promise<SignedSample> {
  const url = new URL(`https://${sample.host}${sample.path}`);
  for (const [key, value] of sample.query) url.searchParams.append(key, value);
  const signer = new AwsV4Signer({
    ...sample.keys,
    method: sample.method,
    url: url.href,
    body: bodyOf(sample),
    headers: { 'content-type': 'application/json', 'x-custom': CUSTOM },
    service: sample.service,
    region: sample.region,
    datetime: timestampOf(sample),
    signQuery: sample.presigned,
    allHeaders: true,
  });
  const signed = await signer.sign();
  return {
    method: signed.method,
    path: signed.url.pathname,
    query: signed.url.search.slice(1),
    headers: withoutHost(signed.headers),
    body: bodyOf(sample),
  };
}

/** aws4 rewrites the path that it is given. */
async function viaAws4(sample: UnsignedSample): Promise<SignedSample> {
  const { accessKeyId, secretAccessKey, sessionToken } = sample.keys;
  const date = ['X-Amz-Date', timestampOf(sample)] as const;
  const parameters = sample.presigned ? [...sample.query, date] : sample.query;
  const query = parameters.map(([key, value]) => `${encode(key)}=${encode(value)}`).join('&');
  const body = bodyOf(sample);
  const signed = aws4.sign(
    {
      method: sample.method,
      host: sample.host,
      path: `${sample.path}${query === '' ? '' : `?${query}`}`,
      headers: {
        'Content-Type': 'application/json',
        'X-Custom': CUSTOM,
        ...(!sample.presigned && { [date[0]]: date[1] }),
      },
      ...(body !== '' && { body }),
      service: sample.service,
      region: sample.region,
      signQuery: sample.presigned,
    },
    { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
  );
  const [path = '', ...rest] = (signed.path ?? '').split('?');
  const headers = withoutHost(Object.entries(signed.headers ?? {}));
  return { method: sample.method, path, query: rest.join('?'), headers, body };
}

class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}

/** The signer of the AWS SDK, which leaves the encoding of the query to the HTTP handler. */
async function viaSmithy(sample: UnsignedSample): Promise<SignedSample> {
  const query: Record<string, string | string[]> = Object.create(null);
  for (const [key, value] of sample.query) {
    const known = query[key];
    query[key] = known === undefined ? value : [known, value].flat();
  }
  const signer = new SignatureV4({
    service: sample.service,
    region: sample.region,
    credentials: sample.keys,
    sha256: Sha256,
    uriEscapePath: sample.service !== 's3',
  });
  const unsigned = {
    method: sample.method,
    protocol: 'https:',
    hostname: sample.host,
    path: sample.path,
    query: { ...query },
    headers: { host: sample.host, 'x-custom': CUSTOM, 'x-amz-meta-note': 'x' },
    body: bodyOf(sample),
  };
  const options = { signingDate: sample.date };
  const signed = sample.presigned
    ? await signer.presign(unsigned, { ...options, expiresIn: 600 })
    : await signer.sign(unsigned, options);
  const pairs = Object.entries(signed.query ?? {}).flatMap(([key, value]) =>
    [value ?? []].flat().map((one) => `${encode(key)}=${encode(one)}`),
  );
  return {
    method: sample.method,
    path: signed.path,
    query: pairs.join('&'),
    headers: withoutHost(Object.entries(signed.headers)),
    body: bodyOf(sample),
  };
}

/** Three programs that sign requests, and know nothing of local AWS. */
export const signers = [
  ['aws4fetch', viaAws4fetch],
  ['aws4', viaAws4],
  ['@smithy/signature-v4', viaSmithy],
] as const;
