import type { Credential } from '../core/principal.ts';

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
  /**
   * A few services (AWS IoT) want the session token added after the signature was calculated, so that it is
   * not part of what is signed. All others want it signed. Either way it must be the token of the access key.
   */
  readonly sessionTokenUnsigned?: true;
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

/**
 * S3's own error for a failure of which the kind alone does not tell it: one and the same mistake is, for
 * example, `AuthorizationHeaderMalformed` in a header and `AuthorizationQueryParametersError` in a query.
 */
export interface S3Answer {
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** Further members of S3's error document, e.g. `{ HeadersNotSigned: 'x-amz-acl' }`. */
  readonly details?: Readonly<Record<string, string>>;
}

/** AWS's sentence for a failure, and for S3 its error too. */
interface Worded {
  readonly message: string;
  /** Set where {@link SignatureRules.signingName} is `s3`. */
  readonly s3?: S3Answer;
}

/** Each way in which authentication fails; the endpoint's protocol names and words it as AWS does there. */
export type AuthenticationFailure =
  | { readonly kind: 'missing' }
  /** `Authorization` has no usable SigV4 parameters; each missing one is named. */
  | ({ readonly kind: 'incomplete' } & Worded)
  /** The request carries two signatures, one in the header and one in the query. */
  | ({ readonly kind: 'ambiguous' } & Worded)
  | { readonly kind: 'unknown-key'; readonly accessKeyId: string }
  /** The session token is absent, or not the one of this access key. */
  | { readonly kind: 'invalid-token'; readonly accessKeyId: string }
  | { readonly kind: 'expired-token'; readonly accessKeyId: string }
  /** `X-Amz-Date` too old or in the future, or the presigned URL expired. */
  | ({ readonly kind: 'not-current' } & Worded)
  /** The credential scope names another date, region, service or terminator; each one is named. */
  | ({ readonly kind: 'wrong-scope' } & Worded)
  /** A header that must be signed (`host`, every `x-amz-*`) is not. */
  | ({ readonly kind: 'unsigned-header' } & Worded)
  | ({ readonly kind: 'payload-mismatch' } & Worded)
  | {
      readonly kind: 'signature-mismatch';
      /** As the server made it. It contains the session token if one was signed: redact it before you log it. */
      readonly canonicalRequest: string;
      readonly stringToSign: string;
      readonly accessKeyId: string;
    };

/** What {@link AuthenticationFailure} came of, or who signed. */
export type AuthenticationOutcome =
  | Authenticated
  | { readonly authenticated: false; readonly failure: AuthenticationFailure };
