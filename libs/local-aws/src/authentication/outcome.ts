import type { Credential } from '../core/credential.ts';

/** The rules by which a service reads signatures. */
export interface SignatureRules {
  /** The service in the credential scope, e.g. `execute-api`. */
  readonly signingName: string;
  /** The region that the scope must name. Default: the region in the request's host. If the host names none, any region is right. */
  readonly region?: string;
  /** Allowed difference between `X-Amz-Date` and the server's clock, in seconds: 300 for execute-api, 900 elsewhere. */
  readonly maxSkewSeconds: number;
  /** S3 signs the path as sent; the others normalize it and encode it once more. */
  readonly path: 'normalize-and-double-encode' | 'as-sent';
  /** Whether `UNSIGNED-PAYLOAD` and `STREAMING-…` bodies are accepted (S3 alone). */
  readonly unsignedPayload: boolean;
}

/** An authenticated request: its credential, region and body. */
export interface Authenticated {
  readonly authenticated: true;
  readonly credential: Credential;
  readonly region: string;
  /** The body, without the chunk framing of S3. */
  readonly payload: Buffer;
}

/** S3's own error for a failure. A mistake in a header has another code than the same mistake in a query. */
export interface S3Answer {
  readonly code: string;
  readonly status: number;
  /** Default: the sentence of other services. */
  readonly message?: string;
  /** Further members of S3's error document, e.g. `{ Region: 'eu-west-1' }`. */
  readonly details?: Readonly<Record<string, string>>;
}

/** A failure whose message depends on its cause. */
export interface WordedFailure {
  readonly kind: /** The signature or its date is incomplete or malformed. */
    | 'incomplete'
    /** The request has two signatures, one in the header and one in the query. */
    | 'ambiguous'
    /** `X-Amz-Date` is too old or in the future, or the presigned URL has expired. */
    | 'not-current'
    /** The credential scope names another date, region, service or terminator. */
    | 'wrong-scope'
    /** A header that must be signed (`host`, `x-amz-*`) is not. */
    | 'unsigned-header'
    /** The body is not the one that was signed, or its framing is malformed. */
    | 'payload-mismatch';
  readonly message: string;
  /** Present if {@link SignatureRules.signingName} is `s3`. */
  readonly s3?: S3Answer;
}

/** A failure of authentication. The endpoint's protocol gives it the code and message that AWS uses there. */
export type AuthenticationFailure =
  | { readonly kind: 'missing' }
  | WordedFailure
  /** `invalid-token`: the session token is absent, or not the one of this access key. */
  | { readonly kind: 'unknown-key' | 'invalid-token' | 'expired-token'; readonly accessKeyId: string }
  | {
      readonly kind: 'signature-mismatch';
      /** As the server made it. It may contain a session token: redact it before you log it. */
      readonly canonicalRequest: string;
      readonly stringToSign: string;
      readonly accessKeyId: string;
    };

/** The result of authentication. */
export type AuthenticationOutcome =
  | Authenticated
  | { readonly authenticated: false; readonly failure: AuthenticationFailure };

/** A failure of authentication. The error does not leave this folder: callers get the failure as a value. */
export class NotAuthenticated extends Error {
  readonly failure: AuthenticationFailure;

  constructor(failure: AuthenticationFailure) {
    super('The request is not authenticated.');
    this.failure = failure;
  }
}

/** The failure in a {@link NotAuthenticated}. @throws any other error again */
export function failureOf(error: unknown): AuthenticationFailure {
  if (error instanceof NotAuthenticated) return error.failure;
  throw error;
}

/**
 * Makes the error for a failure. `message` is the sentence of API Gateway, STS, IAM, Lambda and most other services. S3's clients act on
 * its own code and status (API reference, "Error responses").
 */
export function refused(kind: WordedFailure['kind'], message: string, s3: S3Answer): NotAuthenticated {
  return new NotAuthenticated({ kind, message, s3 });
}

/** S3's error for a signature that it cannot read, in a header or in a query. */
export function s3Malformed(form: 'header' | 'query'): S3Answer {
  const code = form === 'query' ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed';
  return { code, status: 400 };
}

/** Makes the error for a signature that is incomplete or malformed. */
export function incomplete(message: string, form: 'header' | 'query' = 'header'): NotAuthenticated {
  return refused('incomplete', message, s3Malformed(form));
}

/** Makes the error for a body that differs from the signed one. `code` and `status` are those of S3. */
export function payloadMismatch(code: string, message: string, status = 400): NotAuthenticated {
  return refused('payload-mismatch', message, { code, status });
}

/** The first 120 characters of a client's text, for a message. */
export function excerpt(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}
