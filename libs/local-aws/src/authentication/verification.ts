import { partitionOf } from '@cross-account-api/iam';
import { endpointName } from '../core/aws-domains.ts';
import { type Clock, wholeSecond } from '../core/clock.ts';
import type { Credential, CredentialStore } from '../core/credential.ts';
import type { AwsRequest } from '../core/request.ts';
import { canonicalRequest, signedRequest } from './canonical-request.ts';
import { decodeChunks, framings } from './chunked-payload.ts';
import {
  type Authenticated,
  type AuthenticationFailure,
  type AuthenticationOutcome,
  excerpt,
  failureOf,
  incomplete,
  NotAuthenticated,
  payloadMismatch,
  refused,
  type S3Answer,
  type SignatureRules,
  s3Malformed,
} from './outcome.ts';
import { readSignature, type Signature, splitCredential } from './read-signature.ts';
import {
  type CredentialScope,
  formatTimestamp,
  hmac,
  isSameSecret,
  isSignature,
  parseTimestamp,
  scopeText,
  sha256,
  signingKey,
  stringToSign,
  terminator,
} from './signing.ts';
import { mustBeSigned } from './unsigned-headers.ts';

/** Verifies signature (SigV4), signed headers, date, scope, session token and body of a request. Failures are not thrown. */
export function authenticate(
  request: AwsRequest,
  rules: SignatureRules,
  credentials: CredentialStore,
  clock: Clock,
): AuthenticationOutcome {
  try {
    return verify(request, rules, credentials, clock);
  } catch (error) {
    const failure = failureOf(error);
    if (rules.signingName === 's3' || !('s3' in failure)) return { authenticated: false, failure };
    const { kind, message } = failure;
    return { authenticated: false, failure: { kind, message } };
  }
}

/** Why the signature of a request cannot be read; `undefined` if it can. Does not verify it. */
export function unreadableSignature(
  request: Pick<AwsRequest, 'headers' | 'rawQuery'>,
): AuthenticationFailure | undefined {
  try {
    readSignature(request);
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}

/**
 * The order of the checks follows from AWS's answers (scratchstack-aws-signature, "AWS Auth Error Ordering"): form, signed headers,
 * date, scope, key and token, signature, body.
 */
function verify(
  request: AwsRequest,
  rules: SignatureRules,
  credentials: CredentialStore,
  clock: Clock,
): Authenticated {
  const signature = readSignature(request);
  const { parts, notSigned, inCanonicalForm } = signedRequest(request, signature, rules.path);
  const refusedHeaders = notSigned.filter((name) => mustBeSigned(name, rules, signature));
  if (refusedHeaders.length > 0) {
    const message = refusedHeaders
      .map((name) => (name === 'host' ? "'Host' or ':authority'" : `'${name}'`))
      .map((name) => `${name} must be a 'SignedHeader' in the AWS Authorization.`)
      .join(' ');
    throw refused('unsigned-header', message, {
      code: 'AccessDenied',
      status: 403,
      message: 'There were headers present in the request which were not signed',
      details: { HeadersNotSigned: refusedHeaders.join(', ') },
    });
  }

  const now = wholeSecond(clock.now());
  const timestamp = formatTimestamp(checkDate(signature, rules, now));
  const scope = checkScope(signature, rules, request, timestamp);
  const credential = findCredential(scope.accessKeyId, signature, credentials, now);

  const payloadHash = rules.unsignedPayload ? declaredHash(signature) : sha256(request.body);
  const canonical = canonicalRequest({ ...parts, payloadHash });
  const toSign = stringToSign(timestamp, scopeText(scope), canonical);
  const key = signingKey(credential.secretAccessKey, scope);
  const { accessKeyId } = credential;
  if (!inCanonicalForm || !isSignature(signature.signature, hmac(key, toSign))) {
    const texts = { canonicalRequest: canonical, stringToSign: toSign };
    throw new NotAuthenticated({ kind: 'signature-mismatch', ...texts, accessKeyId });
  }
  // AWS refuses a token for a key without one only after it has checked the signature.
  if (credential.sessionToken === undefined && signature.sessionToken) {
    throw new NotAuthenticated({ kind: 'invalid-token', accessKeyId });
  }

  const framing = rules.unsignedPayload ? framings.get(payloadHash) : undefined;
  const signing = { key, timestamp, scope: scopeText(scope), seed: signature.signature };
  const payload =
    framing === undefined
      ? wholeBody(request.body, signature.contentHash, rules.unsignedPayload ? undefined : payloadHash)
      : decodeChunks(request, framing, signing);
  return { authenticated: true, credential, region: scope.region, payload };
}

const week = 604_800;

function checkDate(signature: Signature, rules: SignatureRules, now: Date): Date {
  const { form, expires, timestamp } = signature;
  const { maxSkewSeconds } = rules;
  const date = parseTimestamp(timestamp, signature.httpDate);
  if (date === undefined) {
    const message = `Date must be in ISO-8601 'basic format'. Got '${excerpt(timestamp)}'. See http://en.wikipedia.org/wiki/ISO_8601`;
    throw incomplete(message, form);
  }
  const age = (now.getTime() - date.getTime()) / 1000;
  // Only S3 requires X-Amz-Expires. Elsewhere, a URL without it may be as old as a signature in a header.
  if (form === 'query' && (expires !== undefined || rules.signingName === 's3')) {
    const seconds = /^\d{1,6}$/.test(expires ?? '') ? Number(expires) : Number.NaN;
    if (!(seconds <= week)) throw incomplete(expiresRule(expires), 'query');
    if (age > seconds || seconds === 0) {
      throw refused('not-current', expired(date, now, seconds), {
        code: 'AccessDenied',
        status: 403,
        message: 'Request has expired',
        details: {
          'X-Amz-Expires': String(seconds),
          Expires: isoSecond(new Date(date.getTime() + seconds * 1000)),
          ServerTime: isoSecond(now),
        },
      });
    }
  } else if (age > maxSkewSeconds) {
    throw refused(
      'not-current',
      expired(date, now, maxSkewSeconds),
      tooSkewed(timestamp, now, maxSkewSeconds),
    );
  }
  if (age < -maxSkewSeconds) {
    const message = `Signature not yet current: ${formatTimestamp(date)} is still later than ${limit(now, '+', maxSkewSeconds)}`;
    throw refused('not-current', message, tooSkewed(timestamp, now, maxSkewSeconds));
  }
  return date;
}

/** S3's error for a clock that differs too much. */
function tooSkewed(timestamp: string, now: Date, seconds: number): S3Answer {
  return {
    code: 'RequestTimeTooSkewed',
    status: 403,
    message: 'The difference between the request time and the current time is too large.',
    details: {
      RequestTime: excerpt(timestamp),
      ServerTime: isoSecond(now),
      MaxAllowedSkewMilliseconds: String(seconds * 1000),
    },
  };
}

/** @example isoSecond(now) // '2026-01-01T12:00:00Z' */
function isoSecond(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function expired(date: Date, now: Date, seconds: number): string {
  return `Signature expired: ${formatTimestamp(date)} is now earlier than ${limit(now, '-', seconds)}`;
}

function limit(now: Date, sign: '+' | '-', seconds: number): string {
  const date = new Date(now.getTime() + Number(`${sign}${seconds}`) * 1000);
  const duration = seconds % 60 === 0 ? `${seconds / 60} min.` : `${seconds} sec.`;
  return `${formatTimestamp(date)} (${formatTimestamp(now)} ${sign} ${duration})`;
}

/** Only S3 documents these sentences. */
function expiresRule(text = ''): string {
  if (!/^-?\d+$/.test(text)) return 'X-Amz-Expires should be a number';
  return text.startsWith('-')
    ? 'X-Amz-Expires must be non-negative'
    : 'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds';
}

/** Checks the credential scope against the service, the host and the date of the request. */
function checkScope(
  { form, credential }: Signature,
  { signingName, ...rules }: SignatureRules,
  { host }: AwsRequest,
  timestamp: string,
): CredentialScope {
  const scope = splitCredential(credential);
  if (scope === undefined) {
    const message = `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${excerpt(credential)}'`;
    throw incomplete(message, form);
  }
  const region =
    rules.region ??
    regionOfHost(host, signingName) ??
    // Accepts any region, so regions that AWS adds later work, too.
    (/^[a-z0-9-]{1,32}$/.test(scope.region) ? scope.region : 'us-east-1');
  const date = timestamp.slice(0, 8);
  const isOtherRegion = scope.region !== region;
  const message = [
    isOtherRegion && 'Credential should be scoped to a valid region. ',
    scope.service !== signingName && `Credential should be scoped to correct service: '${signingName}'. `,
    scope.terminator !== terminator &&
      `Credential should be scoped with a valid terminator: '${terminator}', not '${excerpt(scope.terminator)}'. `,
    scope.date !== date &&
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${excerpt(scope.date)}' != '${date}', from '${timestamp}'.`,
  ]
    .filter(Boolean)
    .join('');
  if (message === '') return scope;
  // Clients of S3 retry with this region.
  const details = isOtherRegion ? { details: { Region: region } } : {};
  throw refused('wrong-scope', message, { ...s3Malformed(form), ...details });
}

/** Services whose host without a region means `us-east-1`. */
const global = new Set(['iam', 'sts']);

function regionOfHost(host: string, signingName: string): string | undefined {
  const name = endpointName(host);
  if (name === undefined) return undefined;
  // `<service>.<region>` or `<region>.<service>`. Labels further left, or left of `s3`, are names that users choose.
  const labels = name.split('.').reverse();
  for (const label of labels.slice(0, labels[0] === 's3' ? 1 : 2)) {
    const region = label.replace(/^s3-/, '');
    if (partitionOf(region) !== undefined) return region;
  }
  return global.has(signingName) && name === signingName ? 'us-east-1' : undefined;
}

function findCredential(
  accessKeyId: string,
  { sessionToken: sent }: Signature,
  credentials: CredentialStore,
  now: Date,
): Credential {
  const refused = (kind: 'unknown-key' | 'invalid-token' | 'expired-token') =>
    new NotAuthenticated({ kind, accessKeyId });
  const credential = credentials.findCredential(accessKeyId);
  if (credential === undefined) throw refused('unknown-key');
  const { sessionToken, expiresAt } = credential;
  if (sessionToken !== undefined && (sent === undefined || !isSameSecret(sent, sessionToken))) {
    throw refused('invalid-token');
  }
  if (expiresAt !== undefined && now >= expiresAt) throw refused('expired-token');
  return credential;
}

function declaredHash({ form, contentHash: declared }: Signature): string {
  if (declared === undefined && form === 'query') return 'UNSIGNED-PAYLOAD';
  if (declared === undefined) {
    throw payloadMismatch('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  const isValid =
    declared === 'UNSIGNED-PAYLOAD' || framings.has(declared) || /^[0-9a-f]{64}$/.test(declared);
  if (isValid) return declared;
  const message = 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-… or a valid sha256 value.';
  throw payloadMismatch('InvalidArgument', message);
}

/** @param hash of the body, if it is known */
function wholeBody(body: Buffer, declared: string | undefined, hash: string | undefined): Buffer {
  // For S3, the signature covers UNSIGNED-PAYLOAD. Elsewhere, it covers the hash of the body.
  if (declared === undefined || declared === 'UNSIGNED-PAYLOAD') return body;
  const computed = hash ?? sha256(body);
  if (declared === computed) return body;
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
  throw payloadMismatch('XAmzContentSHA256Mismatch', message);
}
