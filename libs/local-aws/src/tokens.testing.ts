import { generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto';

/** An issuer of JSON Web Tokens, such as GitHub is for its workflows. */
export interface TokenIssuer {
  readonly publicKey: JsonWebKey;
  /** Signs a token. It is valid for five minutes from `now` unless the claims say otherwise. */
  token(claims: Readonly<Record<string, unknown>>, now?: Date): string;
}

/** Makes an issuer with a new key. */
export function createTokenIssuer(iss: string): TokenIssuer {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    publicKey: publicKey.export({ format: 'jwk' }),
    token(claims, now = new Date()) {
      const seconds = Math.floor(now.getTime() / 1000);
      const all = { iss, iat: seconds, nbf: seconds, exp: seconds + 300, ...claims };
      const text = `${encode({ typ: 'JWT', alg: 'RS256' })}.${encode(all)}`;
      return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
    },
  };
}
