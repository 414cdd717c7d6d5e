import aws4 from 'aws4';

/** A request whose signature is wanted. */
export interface SignedRequest {
  readonly method: string;
  readonly host: string;
  /** Path and query, as on the wire. */
  readonly path: string;
  /** The signed headers, except host and session token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

/** The `Authorization` header that aws4, on which many servers and tools stand, computes for a request. For tests. */
export function authorizationByAws4(
  { method, host, path, headers, body }: SignedRequest,
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string },
): string {
  const request: object = {
    method,
    service: 'execute-api',
    region: 'eu-west-1',
    host,
    path,
    headers: { ...headers },
    ...(body !== undefined && { body: Buffer.from(body) }),
    // It adds and signs them by itself, which is allowed, but the library does not do it.
    extraHeadersToIgnore: { 'content-length': true, 'content-type': true },
  };
  const signed = aws4.sign(request, credentials);
  return String(signed.headers?.Authorization);
}
