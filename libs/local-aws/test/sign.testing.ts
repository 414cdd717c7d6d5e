import aws4 from 'aws4';
import type { WireRequest } from './wire.testing.ts';

/** Keys to sign with. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where a signature goes: SigV4 has two forms. */
export type Form = 'header' | 'query';

/** What is to be signed, and how. */
export interface ToSign {
  readonly host: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly service: string;
  readonly region?: string;
  readonly date: Date;
  readonly form?: Form;
  /** Of a presigned URL. */
  readonly expiresSeconds?: number;
}

/** `20260102T030405Z` */
export function amzDate(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** Signs with the npm package aws4, which has nothing in common with the code that verifies. */
export function sign(toSign: ToSign, keys: Keys): WireRequest {
  const { host, path, method = 'GET', body = '', service, region = 'us-east-1', form = 'header' } = toSign;
  const presigned = form === 'query';
  const date = amzDate(toSign.date);
  const parameters = presigned
    ? [
        `X-Amz-Date=${date}`,
        ...(toSign.expiresSeconds === undefined ? [] : [`X-Amz-Expires=${toSign.expiresSeconds}`]),
      ]
    : [];
  const mark = path.includes('?') ? '&' : '?';
  const signed = aws4.sign(
    {
      host,
      method,
      path: parameters.length === 0 ? path : `${path}${mark}${parameters.join('&')}`,
      headers: { ...toSign.headers, ...(presigned ? {} : { 'X-Amz-Date': date }) },
      ...(body === '' ? {} : { body }),
      service,
      region,
      signQuery: presigned,
    },
    {
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretAccessKey,
      ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }),
    },
  );
  const headers = Object.fromEntries(
    Object.entries(signed.headers ?? {})
      .filter(([name]) => name.toLowerCase() !== 'content-length')
      .map(([name, value]) => [name, String(value)]),
  );
  return { method, path: signed.path ?? path, headers: { Host: host, ...headers }, body };
}
