import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/** The algorithm of SigV4, as `Authorization` and the string to sign name it. */
export const algorithm = 'AWS4-HMAC-SHA256';

/** The last element of every credential scope. */
export const terminator = 'aws4_request';

/** The SHA-256 of nothing. */
export const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Where and when a key may be used: `<date>/<region>/<service>/aws4_request`. */
export interface KeyScope {
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** The text that is signed. AWS: "Create a string to sign". */
export function stringToSign(timestamp: string, scope: string, canonicalRequest: string): string {
  return `${algorithm}\n${timestamp}\n${scope}\n${sha256(canonicalRequest)}`;
}

/** SHA-256 in hexadecimal; text as UTF-8. */
export function sha256(data: string | Buffer): string {
  return hash('sha256', data, 'hex');
}

/** HMAC-SHA256. */
export function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** AWS: "Derive a signing key". */
export function deriveKey(secretAccessKey: string, scope: KeyScope): Buffer {
  const date = hmac(`AWS4${secretAccessKey}`, scope.date);
  return hmac(hmac(hmac(date, scope.region), scope.service), terminator);
}

const maxKeys = 500;
const keys = new Map<string, Buffer>();

/** As {@link deriveKey}, which takes four HMACs; the keys used last are remembered, in memory only. */
export function signingKey(secretAccessKey: string, scope: KeyScope): Buffer {
  const name = `${secretAccessKey}\n${scope.date}\n${scope.region}\n${scope.service}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = deriveKey(secretAccessKey, scope);
  if (keys.size >= maxKeys) {
    const oldest = keys.keys().next();
    if (!oldest.done) keys.delete(oldest.value);
  }
  keys.set(name, key);
  return key;
}

const signatureForm = /^[0-9a-f]{64}$/;

/** Whether `signature`, in lower-case hexadecimal, is `expected`; in a time that does not depend on either. */
export function isSignature(signature: string, expected: Buffer): boolean {
  return signatureForm.test(signature) && timingSafeEqual(Buffer.from(signature, 'hex'), expected);
}

/** Compares two secrets in constant time. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
