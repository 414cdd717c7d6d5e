import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';

/** The public keys of token issuers, by URL (`https://…`). Local AWS has no network to fetch them. */
export type IssuerKeys = Readonly<Record<string, readonly JsonWebKey[]>>;

const encodedJson = v.pipe(
  v.string(),
  v.transform((text) => Buffer.from(text, 'base64url').toString('utf8')),
  v.parseJson(),
);
const tokenParts = v.tuple([
  v.pipe(encodedJson, v.object({ alg: v.literal('RS256') })),
  v.pipe(
    encodedJson,
    v.object({
      iss: v.string(),
      sub: v.string(),
      aud: v.union([v.string(), v.array(v.string())]),
      exp: v.number(),
      nbf: v.optional(v.number(), 0),
    }),
  ),
  v.pipe(
    v.string(),
    v.transform((text) => Buffer.from(text, 'base64url')),
  ),
]);

/** Reads a JSON Web Token that its issuer signed with RS256. */
export function readWebIdentityToken(token: string, issuers: IssuerKeys, now: Date) {
  const result = v.safeParse(tokenParts, token.split('.'));
  if (!result.success) throw invalidToken('The ID Token provided is not a valid JWT.');
  const [, { iss, sub, aud, exp, nbf }, signature] = result.output;
  const signed = Buffer.from(token.slice(0, token.lastIndexOf('.')));
  const keys = Object.hasOwn(issuers, iss) ? (issuers[iss] ?? []) : [];
  if (!keys.some((key) => verify('RSA-SHA256', signed, createPublicKey({ key, format: 'jwk' }), signature))) {
    throw invalidToken("Couldn't retrieve verification key from your identity provider.");
  }
  const seconds = now.getTime() / 1000;
  if (seconds < nbf) throw invalidToken('The token is not valid yet.');
  if (seconds >= exp) {
    const message = `Token expired: current date/time ${Math.floor(seconds)} must be before the expiration date/time ${exp}`;
    throw new AwsError('ExpiredTokenException', message);
  }
  return { iss, sub, aud: [aud].flat() };
}

/** The error for a token that is not accepted. */
export function invalidToken(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', message);
}
