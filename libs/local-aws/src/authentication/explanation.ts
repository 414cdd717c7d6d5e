import type { KeyObject } from 'node:crypto';
import type { Credential, CredentialStore } from '../core/credential.ts';
import type { AwsRequest } from '../core/request.ts';
import { type CanonicalParts, canonicalRequest, signedRequest } from './canonical-request.ts';
import { canonicalMistakes, keyMistakes } from './client-mistakes.ts';
import type { AuthenticationFailure, SignatureRules } from './outcome.ts';
import { readSignature } from './read-signature.ts';
import { hmac, isSignature, signingKey, stringToSign } from './signing.ts';

/** The mistakes that explain a client's signature: with them, the server gets the same one. */
export interface ClientMistake {
  /** Each mistake and its remedy, in sentences. */
  readonly mistakes: readonly string[];
  /** As the client signed it, with session tokens redacted. It is the server's if only the signing key differs. */
  readonly canonicalRequest: string;
}

type SignatureMismatch = Extract<AuthenticationFailure, { kind: 'signature-mismatch' }>;

/**
 * Looks for the mistake behind a wrong signature: makes common ones, alone and in pairs, until one gives the signature that was sent.
 * @returns `undefined` if none does. Then the secret access key is most likely wrong
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
  for (const { mistake, key: wrongKey } of keyMistakes(credential.secretAccessKey, scope, timestamp)) {
    if (gives(server, wrongKey())) return found(server, mistake);
  }
  for (const [index, first] of candidates.entries()) {
    for (const second of candidates.slice(index + 1)) {
      // The second change of a line would undo the first.
      if (Object.keys(first.change).some((line) => line in second.change)) continue;
      const client = canonicalRequest({ ...parts, ...first.change, ...second.change });
      if (gives(client, key)) return found(client, first.mistake, second.mistake);
    }
  }
  return undefined;
}

const EXPLAINED_AT_ONCE = 20;
const EXPLAINED_PER_SECOND = 10;

/** Makes a function that looks for the mistake in a wrong signature. As that takes milliseconds, a flood gets `'not sought'`. */
export function createMistakeFinder(credentials: CredentialStore) {
  let allowance = EXPLAINED_AT_ONCE;
  let last = performance.now();
  return (failure: AuthenticationFailure, request: AwsRequest, rules: SignatureRules) => {
    if (failure.kind !== 'signature-mismatch') return undefined;
    const credential = credentials.findCredential(failure.accessKeyId);
    if (credential === undefined) return undefined;
    const now = performance.now();
    allowance = Math.min(EXPLAINED_AT_ONCE, allowance + ((now - last) / 1000) * EXPLAINED_PER_SECOND);
    last = now;
    if (allowance < 1) return 'not sought' as const;
    allowance -= 1;
    return guessClientMistake(failure, request, rules, credential);
  };
}

/** The first line in which two canonical requests differ. `server` or `client` is `undefined` if it lacks that line. */
export interface CanonicalDifference {
  /** Counted from 1. */
  readonly line: number;
  /** e.g. `path`, `header x-amz-date`, `payload hash` */
  readonly element: string;
  readonly server: string | undefined;
  readonly client: string | undefined;
}

/** Finds the first line in which the canonical requests of server and client differ; `undefined` if they are the same. */
export function differenceOf(
  serverCanonicalRequest: string,
  clientCanonicalRequest: string,
): CanonicalDifference | undefined {
  const server = serverCanonicalRequest.split('\n');
  const client = clientCanonicalRequest.split('\n');
  const lines = Array.from({ length: Math.max(server.length, client.length) }, (_, index) => index);
  const index = lines.find((each) => server[each] !== client[each]);
  if (index === undefined) return undefined;
  const shown = (line: string | undefined) => line && redactTokens(line);
  const element = elementAt(server, index);
  return { line: index + 1, element, server: shown(server[index]), client: shown(client[index]) };
}

function elementAt(lines: readonly string[], index: number): string {
  const names = ['method', 'path', 'query'];
  const name = names[index];
  if (name !== undefined) return name;
  if (index >= lines.length - 1) return 'payload hash';
  if (index === lines.length - 2) return 'signed headers';
  const line = lines[index] ?? '';
  return line === '' ? 'end of the headers' : `header ${line.slice(0, line.indexOf(':'))}`;
}

const tokenHeader = /^(x-amz-security-token:)[^\n]+$/gim;
const tokenParameter = /(X-Amz-Security-Token=)[^&\n]+/gi;
/** In a sentence, or as JSON. */
const tokenInText = /(x-amz-security-token["']?[ \t]*:[ \t]*["']?)[^&\s"',;)}]+/gi;

/** Removes the session token from a canonical request or another text, for logs and screens. */
export function redactTokens(text: string): string {
  return [tokenHeader, tokenParameter, tokenInText].reduce(
    (rest, token) => rest.replace(token, '$1<redacted>'),
    text,
  );
}
