import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { isoSeconds } from '../core/clock.ts';

/** The algorithm of SigV4, as `Authorization` and the string to sign name it. */
export const algorithm = 'AWS4-HMAC-SHA256';

/** The last element of every credential scope. */
export const terminator = 'aws4_request';

/** The SHA-256 of an empty body. */
export const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** The date, region and service for which a key is valid. */
export interface KeyScope {
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** The elements of a credential: `keyid/date/region/service/terminator`. */
export interface CredentialScope extends KeyScope {
  readonly accessKeyId: string;
  readonly terminator: string;
}

/** A scope as it is signed: `<date>/<region>/<service>/aws4_request`. */
export function scopeText({ date, region, service }: KeyScope): string {
  return `${date}/${region}/${service}/${terminator}`;
}

/** The text that is signed. AWS: "Create a string to sign". */
export function stringToSign(timestamp: string, scope: string, canonicalRequest: string): string {
  return `${algorithm}\n${timestamp}\n${scope}\n${sha256(canonicalRequest)}`;
}

/** SHA-256 in hexadecimal. Text is hashed as UTF-8. */
export function sha256(data: string | Buffer): string {
  return hash('sha256', data, 'hex');
}

/** HMAC-SHA256. */
export function hmac(key: string | Buffer | KeyObject, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** AWS: "Derive a signing key". @param start the first key in the chain of HMACs: `AWS4` and the secret access key */
export function deriveKey(start: string, { date, region, service }: KeyScope): Buffer {
  return [date, region, service, terminator].reduce<Buffer | string>(hmac, start) as Buffer;
}

const maxKeys = 500;
const keys = new Map<string, KeyObject>();

/** Derives a signing key, or takes it from the latest ones in memory. With a `KeyObject`, `createHmac` is three times as fast. */
export function signingKey(secretAccessKey: string, scope: KeyScope): KeyObject {
  const name = `${secretAccessKey}\n${scopeText(scope)}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = createSecretKey(deriveKey(`AWS4${secretAccessKey}`, scope));
  const [oldest] = keys.keys();
  if (keys.size >= maxKeys && oldest !== undefined) keys.delete(oldest);
  keys.set(name, key);
  return key;
}

/** Whether `signature`, in lower-case hexadecimal, is `expected`. Compares in constant time. */
export function isSignature(signature: string, expected: Buffer): boolean {
  return /^[0-9a-f]{64}$/.test(signature) && timingSafeEqual(Buffer.from(signature, 'hex'), expected);
}

/** Compares two secrets in constant time. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}

const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const extended = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** Reads ISO 8601, basic or extended, and HTTP's form if `httpDate`; `undefined` for other forms and for days that do not exist. */
export function parseTimestamp(text: string, httpDate: boolean): Date | undefined {
  const iso = text.replace(basic, '$1-$2-$3T$4:$5:$6Z');
  const isIso = extended.test(iso);
  if (!isIso && !httpDate) return undefined;
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return undefined;
  // `Date` also reads other forms, and rolls over days and hours that do not exist.
  return (isIso ? isoSeconds(date) : date.toUTCString()) === iso ? date : undefined;
}

/** ISO 8601's basic form, as SigV4 writes dates: `19700101T000000Z`. */
export function formatTimestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
