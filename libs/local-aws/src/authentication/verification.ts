import { type Clock, wholeSecond } from '../core/clock.ts';
import type { Credential, CredentialStore } from '../core/credential.ts';
import { type AwsRequest, header } from '../core/request.ts';
import { canonicalRequest, signedRequest } from './canonical-request.ts';
import { decodeChunks, framings } from './chunked-payload.ts';
import type {
  Authenticated,
  AuthenticationFailure,
  AuthenticationOutcome,
  SignatureRules,
} from './outcome.ts';
import { failureIn, NotAuthenticated, problem } from './problems.ts';
import { readSignature, type Signature } from './read-signature.ts';
import { checkScope } from './scope.ts';
import { hmac, isSameSecret, isSignature, scopeText, sha256, signingKey, stringToSign } from './signing.ts';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';

/**
 * Verifies the SigV4 signature of a request, in its header or its query, and what belongs to it: the signed headers, date,
 * credential scope, session token and body.
 * @param rules how the service reads signatures
 * @param clock the server's time, with which the request's date is compared
 * @returns who signed and the body without S3's chunk framing, or why not. It never throws
 * @example
 * const outcome = authenticate(request, endpoint.signatureRules(request), directory, systemClock);
 * if (!outcome.authenticated) return endpoint.refuse({ step: 'authentication', failure: outcome.failure }, request);
 */
export function authenticate(
  request: AwsRequest,
  rules: SignatureRules,
  credentials: CredentialStore,
  clock: Clock,
): AuthenticationOutcome {
  const outcome = failureIn(rules.signingName, () => verify(request, rules, credentials, clock));
  return 'authenticated' in outcome ? outcome : { authenticated: false, failure: outcome };
}

/** Why a request's signature cannot be read, in the words of all services but S3. A readable one need not be correct. */
export function unreadableSignature(
  request: Pick<AwsRequest, 'headers' | 'rawQuery'>,
): AuthenticationFailure | undefined {
  const read = failureIn('execute-api', () => readSignature(request));
  return 'kind' in read ? read : undefined;
}

/**
 * The checks run in the order in which AWS's answers give them away (scratchstack-aws-signature's "AWS Auth
 * Error Ordering"): form, signed headers, date, scope, key and token, signature, body.
 * @throws NotAuthenticated
 */
function verify(
  request: AwsRequest,
  rules: SignatureRules,
  credentials: CredentialStore,
  clock: Clock,
): Authenticated {
  const signature = readSignature(request);
  const { parts, notSigned, inCanonicalForm } = signedRequest(request, signature, rules.path);
  if (notSigned.length > 0) throw problem('not-signed', { names: notSigned });

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
    const facts = { canonicalRequest: canonical, stringToSign: toSign, accessKeyId };
    throw new NotAuthenticated(() => ({ kind: 'signature-mismatch', ...facts }));
  }
  // The key has no token, but the request brings one. AWS refuses it only after it has checked the signature.
  if (credential.sessionToken === undefined && signature.sessionToken) {
    throw new NotAuthenticated(() => ({ kind: 'invalid-token', accessKeyId }));
  }

  const framing = rules.unsignedPayload ? framings.get(payloadHash) : undefined;
  const signing = { key, timestamp, scope: scopeText(scope), seed: signature.signature };
  const payload =
    framing === undefined
      ? wholeBody(request.body, signature.contentHash, rules.unsignedPayload ? undefined : payloadHash)
      : decodeChunks(request.body, framing, announced(request), signing);
  return { authenticated: true, credential, region: scope.region, payload };
}

const week = 604_800;

function checkDate(signature: Signature, rules: SignatureRules, now: Date): Date {
  const { form, expires, timestamp } = signature;
  const allowedSeconds = rules.maxSkewSeconds;
  const date = parseTimestamp(timestamp, signature.httpDate);
  if (date === undefined) throw problem('malformed-date', { form, text: timestamp });
  const age = (now.getTime() - date.getTime()) / 1000;
  // S3 alone insists on X-Amz-Expires; elsewhere a URL without it is as old as a header may be.
  if (form === 'query' && (expires !== undefined || rules.signingName === 's3')) {
    const seconds = /^\d{1,6}$/.test(expires ?? '') ? Number(expires) : Number.NaN;
    if (!(seconds <= week)) throw problem('malformed-expiry', { form: 'query', text: expires });
    if (age > seconds || seconds === 0) throw problem('url-expired', { date, now, allowedSeconds: seconds });
  } else if (age > allowedSeconds) {
    throw problem('too-old', { date, now, allowedSeconds });
  }
  if (age < -allowedSeconds) throw problem('too-new', { form, date, now, allowedSeconds });
  return date;
}

function findCredential(
  accessKeyId: string,
  { sessionToken: sent }: Signature,
  credentials: CredentialStore,
  now: Date,
): Credential {
  const refused = (kind: 'unknown-key' | 'invalid-token' | 'expired-token') =>
    new NotAuthenticated(() => ({ kind, accessKeyId }));
  const credential = credentials.findCredential(accessKeyId);
  if (credential === undefined) throw refused('unknown-key');
  const { sessionToken, expiresAt } = credential;
  if (sessionToken !== undefined && (sent === undefined || !isSameSecret(sent, sessionToken))) {
    throw refused('invalid-token');
  }
  if (expiresAt !== undefined && now >= expiresAt) throw refused('expired-token');
  return credential;
}

/** What S3 takes for the hash of the body: what the client declares. */
function declaredHash({ form, contentHash: declared }: Signature): string {
  if (declared === undefined && form === 'query') return 'UNSIGNED-PAYLOAD';
  if (declared === undefined) throw problem('hash-missing', {});
  const isValid =
    declared === 'UNSIGNED-PAYLOAD' || framings.has(declared) || /^[0-9a-f]{64}$/.test(declared);
  if (!isValid) throw problem('hash-malformed', {});
  return declared;
}

function announced(request: AwsRequest) {
  const trailers = (header(request, 'x-amz-trailer') ?? '').split(',');
  return {
    decodedLength: header(request, 'x-amz-decoded-content-length'),
    trailers: trailers.map((name) => name.trim().toLowerCase()).filter((name) => name !== ''),
  };
}

/** @param hash of the body, if it is known already */
function wholeBody(body: Buffer, declared: string | undefined, hash: string | undefined): Buffer {
  // S3 has verified the signature of UNSIGNED-PAYLOAD; elsewhere, the signature was made of the body's own hash.
  if (declared === undefined || declared === 'UNSIGNED-PAYLOAD') return body;
  const computed = hash ?? sha256(body);
  if (declared !== computed) throw problem('hash-differs', {});
  return body;
}
