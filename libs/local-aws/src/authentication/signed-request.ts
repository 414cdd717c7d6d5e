import type { AwsRequest } from '../core/request.ts';
import {
  type CanonicalParts,
  canonicalHeaders,
  canonicalHeaderValue,
  canonicalPath,
  canonicalQuery,
  canonicalRequest,
  compare,
  type HeaderValues,
  headerValues,
} from './canonical-request.ts';
import type { SignatureRules } from './outcome.ts';
import type { Signature } from './read-signature.ts';

/** A request seen through its signature: what it covers and what it leaves out. */
export interface SignedRequest {
  readonly form: 'header' | 'query';
  /** The lines of the canonical request, but for the hash of the payload. */
  readonly parts: Omit<CanonicalParts, 'payloadHash'>;
  /** Headers that must be signed and are not. */
  readonly notSigned: readonly string[];
  /** Whether `SignedHeaders` is in lower case, sorted and without repetition, as it is signed. */
  readonly inCanonicalForm: boolean;
  readonly sessionToken: string | undefined;
  /** `x-amz-content-sha256` */
  readonly contentHash: string | undefined;
  /** A header's value. */
  header(name: string): string | undefined;
  canonicalRequest(payloadHash: string): string;
}

const sessionTokenHeader = 'x-amz-security-token';
const token = /^[!#$%&'*+\-.^_`|~0-9a-z]{1,128}$/;

/** Takes a request apart as its signature and the service's rules ask. */
export function signedRequest(
  request: AwsRequest,
  signature: Signature,
  rules: SignatureRules,
): SignedRequest {
  const values = headerValues(request);
  const names = signedNames(signature.signedHeaders);
  const headers = canonicalHeaders(names, values);
  const dropped =
    signature.form === 'query' && rules.sessionTokenUnsigned ? 'X-Amz-Security-Token' : undefined;
  const parts = {
    method: request.method,
    path: canonicalPath(request.rawPath, rules.path),
    query: canonicalQuery(signature.query.filter(([name]) => name !== dropped)),
    headers,
    signedHeaders: names.join(';'),
  };
  const header = (name: string): string | undefined => {
    const sent = values.get(name);
    return sent === undefined ? undefined : canonicalHeaderValue(sent);
  };
  return {
    form: signature.form,
    parts,
    notSigned: headersNotSigned(names, values, rules),
    // A header that is listed as signed but absent has no line: the signature says nothing about it.
    inCanonicalForm:
      parts.signedHeaders === signature.signedHeaders &&
      headers.length === names.length &&
      names.every((name) => token.test(name)),
    sessionToken: signature.sessionToken ?? header(sessionTokenHeader),
    contentHash: signature.contentHash ?? header('x-amz-content-sha256'),
    header,
    canonicalRequest: (payloadHash) => canonicalRequest({ ...parts, payloadHash }),
  };
}

function signedNames(signedHeaders: string): string[] {
  const names = new Set(signedHeaders.toLowerCase().split(';'));
  names.delete('');
  return [...names].sort(compare);
}

/** AWS: the signed headers must include `host` and every `x-amz-*` header of the request. */
function headersNotSigned(names: readonly string[], values: HeaderValues, rules: SignatureRules): string[] {
  const signed = new Set(names);
  return [...values.keys()].filter(
    (name) =>
      (name === 'host' || name.startsWith('x-amz-')) &&
      !signed.has(name) &&
      !(name === sessionTokenHeader && rules.sessionTokenUnsigned),
  );
}
