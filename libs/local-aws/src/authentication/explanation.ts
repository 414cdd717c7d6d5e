import type { KeyObject } from 'node:crypto';
import type { Credential, CredentialStore } from '../core/credential.ts';
import type { AwsRequest } from '../core/request.ts';
import { type CanonicalParts, canonicalRequest, signedRequest } from './canonical-request.ts';
import { canonicalMistakes, keyMistakes } from './client-mistakes.ts';
import { redactTokens } from './difference.ts';
import type { AuthenticationFailure, SignatureRules } from './outcome.ts';
import { readSignature } from './read-signature.ts';
import { hmac, isSignature, signingKey, stringToSign } from './signing.ts';

/** A mistake that accounts for a client's signature: made on purpose, it gives the same one. */
export interface ClientMistake {
  /** What the client did, and what it should do. */
  readonly mistakes: readonly string[];
  /** What the client signed, session tokens redacted. The same as the server's if only the signing key differs. */
  readonly canonicalRequest: string;
}

type SignatureMismatch = Extract<AuthenticationFailure, { kind: 'signature-mismatch' }>;

/**
 * Looks for the mistake behind a wrong signature: makes common ones, alone and in pairs, until one gives the
 * signature that the client sent. A few milliseconds of work: meant for explanations, not for each request.
 * @param credential of the access key that the request names
 * @returns `undefined` if no known mistake accounts for the signature: a wrong secret, most likely
 * @example
 * const guess = guessClientMistake(failure, request, rules, credential);
 * console.log(guess?.mistakes.join('; ') ?? 'The secret access key is probably not the one of this access key.');
 */
export function guessClientMistake(
  failure: SignatureMismatch,
  request: AwsRequest,
  rules: SignatureRules,
  credential: Credential,
): ClientMistake | undefined {
  const { canonicalRequest: server } = failure;
  const [, timestamp = '', scopeLine = ''] = failure.stringToSign.split('\n');
  const [date = '', region = '', service = ''] = scopeLine.split('/');
  const scope = { date, region, service };
  const key = signingKey(credential.secretAccessKey, scope);
  const signature = readSignature(request);
  const payloadHash = server.slice(server.lastIndexOf('\n') + 1);
  const parts: CanonicalParts = { ...signedRequest(request, signature, rules.path).parts, payloadHash };

  const gives = (client: string, clientKey: Buffer | KeyObject): boolean =>
    isSignature(signature.signature, hmac(clientKey, stringToSign(timestamp, scopeLine, client)));
  const found = (client: string, ...mistakes: readonly string[]): ClientMistake => ({
    mistakes,
    canonicalRequest: redactTokens(client),
  });

  const candidates = canonicalMistakes(request, rules, signature, parts);
  for (const { mistake, change } of candidates) {
    const client = canonicalRequest({ ...parts, ...change });
    if (client !== server && gives(client, key)) return found(client, mistake);
  }
  for (const { mistake, derive } of keyMistakes(credential.secretAccessKey, scope, timestamp)) {
    if (gives(server, derive())) return found(server, mistake);
  }
  for (const [index, first] of candidates.entries()) {
    for (const second of candidates.slice(index + 1)) {
      // Two changes of one line are no pair: the second would undo the first.
      if (Object.keys(first.change).some((line) => line in second.change)) continue;
      const client = canonicalRequest({ ...parts, ...first.change, ...second.change });
      if (gives(client, key)) return found(client, first.mistake, second.mistake);
    }
  }
  return undefined;
}

/** How many wrong signatures are explained at once, and how many a second after that. */
const EXPLAINED_AT_ONCE = 20;
const EXPLAINED_PER_SECOND = 10;

/**
 * Makes a function that looks for the mistake behind a wrong signature. In a flood, it returns `'not sought'`: it takes
 * milliseconds.
 */
export function createMistakeFinder(
  credentials: CredentialStore,
): (
  failure: AuthenticationFailure,
  request: AwsRequest,
  rules: SignatureRules,
) => ClientMistake | 'not sought' | undefined {
  let allowance = EXPLAINED_AT_ONCE;
  let last = performance.now();
  return (failure, request, rules) => {
    if (failure.kind !== 'signature-mismatch') return undefined;
    const credential = credentials.findCredential(failure.accessKeyId);
    if (credential === undefined) return undefined;
    const now = performance.now();
    allowance = Math.min(EXPLAINED_AT_ONCE, allowance + ((now - last) / 1000) * EXPLAINED_PER_SECOND);
    last = now;
    if (allowance < 1) return 'not sought';
    allowance -= 1;
    return guessClientMistake(failure, request, rules, credential);
  };
}
