import type { Credential } from '../identity/principal.ts';

/** How a service reads signatures: what differs between services in SigV4. */
export interface SignatureRules {
  /** The service in the credential scope, e.g. `execute-api`. */
  readonly signingName: string;
  /** The regions that the scope may name; `undefined` means any region that the request's host does not contradict. */
  readonly region?: string;
  /** Allowed difference between `X-Amz-Date` and the server's clock, in seconds: 300 for execute-api, 900 elsewhere. */
  readonly maxSkewSeconds: number;
  /** S3 signs the path as sent; the others normalize it and encode it once more. */
  readonly path: 'normalize-and-double-encode' | 'as-sent';
  /** Whether `UNSIGNED-PAYLOAD` and `STREAMING-…` bodies are accepted (S3 alone). */
  readonly unsignedPayload: boolean;
}

/** The request is who it says it is. */
export interface Authenticated {
  readonly authenticated: true;
  readonly credential: Credential;
  /** Where the signature was found. */
  readonly form: 'header' | 'query';
  /** The region in the credential scope. */
  readonly region: string;
  /** The body, with S3's chunk framing removed where it had one. */
  readonly payload: Buffer;
}

/** Each way in which authentication fails; the endpoint's protocol names and words it as AWS does there. */
export type AuthenticationFailure =
  | { readonly kind: 'missing' }
  /** `Authorization` has no usable SigV4 parameters; each missing one is named. */
  | { readonly kind: 'incomplete'; readonly message: string }
  | { readonly kind: 'unknown-key'; readonly accessKeyId: string }
  /** The session token is absent, or not the one of this access key. */
  | { readonly kind: 'invalid-token'; readonly accessKeyId: string }
  | { readonly kind: 'expired-token'; readonly accessKeyId: string }
  /** `X-Amz-Date` too old, in the future, presigned URL expired, or scope date differs. */
  | { readonly kind: 'not-current'; readonly message: string }
  | { readonly kind: 'wrong-scope'; readonly message: string }
  /** A header that must be signed (`host`, every `x-amz-*`) is not. */
  | { readonly kind: 'unsigned-header'; readonly message: string }
  | { readonly kind: 'payload-mismatch'; readonly message: string }
  | {
      readonly kind: 'signature-mismatch';
      readonly canonicalRequest: string;
      readonly stringToSign: string;
      readonly accessKeyId: string;
    };

/** What {@link AuthenticationFailure} came of, or who signed. */
export type AuthenticationOutcome =
  | Authenticated
  | { readonly authenticated: false; readonly failure: AuthenticationFailure };
