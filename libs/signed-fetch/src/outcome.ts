/** A response with its whole body, decompressed. */
export interface RawResponse {
  readonly status: number;
  /** Returns the value of a header. The name is in lower case. */
  readonly header: (name: string) => string | undefined;
  /** Makes `Headers`. Only for those who read them: the class comes with all of `fetch`. */
  readonly makeHeaders: () => Headers;
  /** `undefined` if it is larger than the limit. */
  readonly body: Uint8Array | undefined;
}

/** A problem document (RFC 9457). Members with other types or names are kept as they are. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly [extension: string]: unknown;
}

/** The details of an error response. The members of `ApiError` explain each. */
interface ErrorDetails {
  readonly errorType: string | undefined;
  readonly reason: string;
  readonly problem: Problem | undefined;
  /** The body as JSON. */
  readonly json: unknown;
  /** Makes `Headers`, without those that repeat a secret. */
  readonly makeHeaders: () => Headers;
}

/** A response, whether success or error, and its meaning. */
export interface ReadResponse extends RawResponse {
  readonly kind: 'answered';
  /** For people. Holds no secrets. */
  readonly reason: string;
  readonly requestId: string | undefined;
  readonly extendedRequestId: string | undefined;
  /** Of an error response. */
  readonly details: ErrorDetails | undefined;
}

/** The end of one attempt. `reason` is for people and holds no secrets. */
export type Outcome =
  | ReadResponse
  | { readonly kind: 'timed-out'; readonly reason: string }
  /** Something broke below HTTP. `not-sent` if it is certain that the API did not get the whole request. */
  | {
      readonly kind: 'not-sent' | 'broken';
      readonly reason: string;
      /** The code of Node or undici. */
      readonly code: string;
      /** Whether another try cannot help: the certificate is wrong. */
      readonly permanent: boolean;
      /** Whether the peer closed the connection, as it does with an idle one. */
      readonly closed: boolean;
    };
