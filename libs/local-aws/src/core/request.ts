/** A request as it came over the wire, not decoded and not normalized: its signature covers it in this form. */
export interface AwsRequest {
  /** Unique per request; sent back as `x-amzn-RequestId` and written to the trace. */
  readonly requestId: string;
  readonly method: string;
  /** The `Host` header as sent, port included. */
  readonly host: string;
  /** The path of the request line, percent-encoding untouched, without the query. */
  readonly rawPath: string;
  /** The query of the request line without its `?`, percent-encoding untouched; `''` if it has none. */
  readonly rawQuery: string;
  /** In the order received; names in lower case, values as sent, repeated headers as repeated entries. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The client's spelling of the header names that have capitals, by the name in lower case. */
  readonly spelling?: () => ReadonlyMap<string, string>;
  readonly body: Buffer;
  readonly sourceIp: string;
  /** The user name in the URL of the proxy through which the request came, unchecked. */
  readonly proxyUser?: string | undefined;
  /** Whether the request came over TLS (`aws:SecureTransport`). */
  readonly secureTransport: boolean;
  /** By the server's clock. */
  readonly receivedAt: Date;
}

/** A response as it is sent. */
export interface AwsResponse {
  readonly status: number;
  /** A repeated header has an array of values. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array;
}

/** A response whose body is sent bit by bit, until the client leaves. */
export interface StreamedResponse extends Omit<AwsResponse, 'body'> {
  /** Begins to send. The function that it returns is called when the client has left. */
  stream(send: (text: string) => void): () => void;
}

/** Cuts the connection instead of an answer, like a fault of the network. */
export interface Severed {
  readonly severed: true;
  /** The response that begins before the cut. Default: nothing is sent. */
  readonly response?: AwsResponse;
  /** The number of bytes of its body that are sent, never all of them. Default: 0, status and headers only. */
  readonly afterBytes?: number;
}

/** The value of a header. Repeated ones are joined with `,`, as HTTP defines. @param name in any case */
export function header(request: Pick<AwsRequest, 'headers'>, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const values = request.headers.filter(([key]) => key === wanted).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(',');
}

/** The peer's IP address. A socket that takes both families shows IPv4 peers as `::ffff:127.0.0.1`. */
export function clientIp({ sourceIp }: Pick<AwsRequest, 'sourceIp'>): string {
  return sourceIp.replace(/^::ffff:(?=\d+\.)/i, '');
}
