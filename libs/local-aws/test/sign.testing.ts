import aws4 from 'aws4';
import type { WireRequest } from './wire.testing.ts';

/** Keys to sign with. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The two forms of SigV4: the signature is in the header `Authorization` or in the query. */
export type Form = 'header' | 'query';

/** A request to sign, and the options of the signature. */
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
  /** The lifetime of a presigned URL. */
  readonly expiresSeconds?: number;
}

/** Formats a date as in `X-Amz-Date`: `20260102T030405Z`. */
export function amzDate(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** Signs with the npm package aws4, which shares no code with the verification. */
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
