import type { Clock } from '../core/clock.ts';
import type { Credential, CredentialStore } from '../core/principal.ts';
import type { AwsRequest } from '../core/request.ts';
import { type Announced, decodeChunks, framings } from './chunked-payload.ts';
import type { AuthenticationFailure, AuthenticationOutcome, SignatureRules } from './outcome.ts';
import { readSignature, type Signature, splitCredential } from './read-signature.ts';
import { scopeDifference } from './scope.ts';
import { type SignedRequest, signedRequest } from './signed-request.ts';
import { hmac, isSameSecret, isSignature, sha256, signingKey, stringToSign } from './signing.ts';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';
import type { PayloadProblem, TimeProblem, Wording } from './wording.ts';
import { generalWording } from './wording-general.ts';
import { s3Wording } from './wording-s3.ts';

/**
 * Verifies the SigV4 signature of a request, in its header or its query, and everything that comes with it:
 * that all is signed that must be, date, credential scope, session token, body.
 *
 * The checks run in the order in which AWS's answers give them away (scratchstack-aws-signature's "AWS Auth
 * Error Ordering"): form, signed headers, date, scope, key and token, signature, body.
 * @param rules how the service reads signatures
 * @param clock the server's time, against which the request's date is held
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
  const wording = rules.signingName === 's3' ? s3Wording : generalWording;
  const signature = readSignature(request);
  if ('problem' in signature) return refused(wording.unreadable(signature));

  const signed = signedRequest(request, signature, rules);
  if (signed.notSigned.length > 0) return refused(wording.notSigned(signed.notSigned));

  const now = new Date(Math.floor(clock.now().getTime() / 1000) * 1000);
  const date = parseTimestamp(signature.timestamp, signature.httpDate);
  const timeProblem = problemOfTime(date, signature, rules, now);
  if (date === undefined || timeProblem !== undefined) {
    const text = signature.timestamp;
    return refused(wording.time(timeProblem ?? { problem: 'malformed', text, form: signature.form }));
  }

  const { form, credential: text } = signature;
  const scope = splitCredential(text);
  if (scope === undefined) return refused(wording.scope({ problem: 'malformed', credential: text, form }));
  const timestamp = formatTimestamp(date);
  const expected = scopeDifference(scope, rules, request.host, timestamp);
  if (expected !== undefined) {
    return refused(wording.scope({ problem: 'mismatch', form, scope, expected, timestamp }));
  }

  const { accessKeyId } = scope;
  const credential = credentials.findCredential(accessKeyId);
  if (credential === undefined) return refused({ kind: 'unknown-key', accessKeyId });
  const tokenFailure = failureOfToken(signed.sessionToken, credential, now);
  if (tokenFailure !== undefined) return refused(tokenFailure);

  const payloadHash = rules.unsignedPayload ? declaredHash(signed, wording) : sha256(request.body);
  if (typeof payloadHash !== 'string') return refused(payloadHash);
  const canonicalRequest = signed.canonicalRequest(payloadHash);
  const scopeText = `${scope.date}/${scope.region}/${scope.service}/${scope.terminator}`;
  const toSign = stringToSign(timestamp, scopeText, canonicalRequest);
  const key = signingKey(credential.secretAccessKey, scope);
  if (!signed.inCanonicalForm || !isSignature(signature.signature, hmac(key, toSign))) {
    return refused({ kind: 'signature-mismatch', canonicalRequest, stringToSign: toSign, accessKeyId });
  }
  // A token for a key that has none: AWS complains of it only now.
  if (credential.sessionToken === undefined && signed.sessionToken) {
    return refused({ kind: 'invalid-token', accessKeyId });
  }

  const chunkSigning = { key, timestamp, scope: scopeText, seed: signature.signature };
  const framing = rules.unsignedPayload ? framings.get(payloadHash) : undefined;
  const body =
    framing === undefined
      ? wholeBody(request.body, signed.contentHash, rules.unsignedPayload ? undefined : payloadHash)
      : decodeChunks(request.body, framing, announced(signed), chunkSigning);
  if ('problem' in body) return refused(wording.payload(body));
  return { authenticated: true, credential, form, region: scope.region, payload: body.payload };
}

/**
 * Why a request's signature cannot be read, in the words of all services but S3.
 * @returns `undefined` if it can be read; whether it is correct is another question
 */
export function unreadableSignature(
  request: Pick<AwsRequest, 'headers' | 'rawQuery'>,
): AuthenticationFailure | undefined {
  const signature = readSignature(request);
  return 'problem' in signature ? generalWording.unreadable(signature) : undefined;
}

function refused(failure: AuthenticationFailure): AuthenticationOutcome {
  return { authenticated: false, failure };
}

const week = 604_800;

function problemOfTime(
  date: Date | undefined,
  signature: Signature,
  rules: SignatureRules,
  now: Date,
): TimeProblem | undefined {
  const { form, expires } = signature;
  if (date === undefined) return { problem: 'malformed', text: signature.timestamp, form };
  const allowedSeconds = rules.maxSkewSeconds;
  // S3 alone insists on X-Amz-Expires; elsewhere a URL without it is as old as a header may be.
  if (form === 'query' && (expires !== undefined || rules.signingName === 's3')) {
    const expiresSeconds = expires !== undefined && /^\d{1,6}$/.test(expires) ? Number(expires) : undefined;
    if (expiresSeconds === undefined || expiresSeconds > week) return { problem: 'expires', text: expires };
    const end = date.getTime() + expiresSeconds * 1000;
    if (now.getTime() > end || expiresSeconds === 0) {
      return { problem: 'url-expired', date, now, expiresSeconds };
    }
  } else if (date.getTime() < now.getTime() - allowedSeconds * 1000) {
    return { problem: 'too-old', date, now, allowedSeconds };
  }
  return date.getTime() > now.getTime() + allowedSeconds * 1000
    ? { problem: 'too-new', form, date, now, allowedSeconds }
    : undefined;
}

function failureOfToken(
  token: string | undefined,
  credential: Credential,
  now: Date,
): AuthenticationFailure | undefined {
  const { accessKeyId, sessionToken, expiresAt } = credential;
  if (sessionToken !== undefined && (token === undefined || !isSameSecret(token, sessionToken))) {
    return { kind: 'invalid-token', accessKeyId };
  }
  return expiresAt !== undefined && now >= expiresAt ? { kind: 'expired-token', accessKeyId } : undefined;
}

const hashForm = /^[0-9a-f]{64}$/;

/** What S3 takes for the hash of the body: what the client declares. */
function declaredHash(signed: SignedRequest, wording: Wording): string | AuthenticationFailure {
  const declared = signed.contentHash;
  if (declared === undefined) {
    return signed.form === 'query' ? 'UNSIGNED-PAYLOAD' : wording.payload({ problem: 'hash-missing' });
  }
  return declared === 'UNSIGNED-PAYLOAD' || framings.has(declared) || hashForm.test(declared)
    ? declared
    : wording.payload({ problem: 'hash-malformed', text: declared });
}

function announced(signed: SignedRequest): Announced {
  const trailers = signed.header('x-amz-trailer') ?? '';
  return {
    decodedLength: signed.header('x-amz-decoded-content-length'),
    trailers: trailers
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ''),
  };
}

/** @param hash of the body, if it is known already */
function wholeBody(
  body: Buffer,
  declared: string | undefined,
  hash: string | undefined,
): { readonly payload: Buffer } | PayloadProblem {
  // UNSIGNED-PAYLOAD gets here signed where S3 is asked; elsewhere the signature was made of the body's own hash.
  if (declared === undefined || declared === 'UNSIGNED-PAYLOAD') return { payload: body };
  const computed = hash ?? sha256(body);
  return declared === computed ? { payload: body } : { problem: 'hash-differs', declared, computed };
}
