import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

/** The address of a local AWS, and the certificates to trust. */
export interface Origin {
  /** Of its proxy: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Its CA's certificates, PEM. A custom domain adds one. */
  readonly ca: () => string;
}

/** A request whose body is read. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. The host is that of the URL. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

/** Reads the parameters of `fetch`. */
export async function readRequest(
  input: string | URL | Request,
  init?: RequestInit,
): Promise<OutgoingRequest> {
  const request = new Request(input, init);
  const { host: _, ...headers } = Object.fromEntries(request.headers);
  return {
    method: request.method,
    url: new URL(request.url),
    headers,
    body: Buffer.from(await request.arrayBuffer()),
    signal: request.signal,
  };
}

/** Sends requests to local AWS as any HTTPS client does that knows the proxy and the CA. */
export interface Sender {
  /**
   * `https://` goes through CONNECT and TLS, `http://` through the proxy without TLS. @returns the answer; redirects are not followed
   * @throws TypeError as `fetch` does, if no answer comes
   */
  send(request: OutgoingRequest): Promise<Response>;
  /** Closes the connections that are kept open. */
  close(): void;
}

/** Makes a sender. It keeps connections open for further requests. */
export function createSender(origin: Origin): Sender {
  const agent = new TunnelAgent(origin);
  const plainAgent = new http.Agent({ keepAlive: true });
  const local = new URL(origin.url);
  return {
    async send({ method, url, headers, body, signal }) {
      const hasBody = body.length > 0 || !['GET', 'HEAD'].includes(method);
      const length = hasBody ? { 'content-length': String(body.length) } : {};
      const options = { method, signal, headers: { ...headers, ...length, host: url.host } };
      const outgoing =
        url.protocol === 'https:'
          ? https.request(url, { ...options, agent })
          : http.request({
              ...options,
              agent: plainAgent,
              host: local.hostname,
              port: local.port,
              path: url.host === local.host ? `${url.pathname}${url.search}` : url.href,
            });
      try {
        const incoming = await new Promise<http.IncomingMessage>((resolve, reject) => {
          outgoing.once('response', resolve).once('error', reject).end(body);
        });
        return responseOf(incoming, await decoded(incoming, await buffer(incoming)), url);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw new TypeError(`fetch failed: ${String(error)}`, { cause: error });
      }
    },
    close() {
      agent.destroy();
      plainAgent.destroy();
    },
  };
}

const DECODERS: ReadonlyMap<string, (body: Buffer) => Promise<Buffer>> = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify<Buffer, Buffer>(brotliDecompress)],
]);

/** The body without its content codings, as `fetch` gives it. A coding that is unknown stays. */
async function decoded({ headers }: http.IncomingMessage, body: Buffer): Promise<Buffer> {
  const codings = (headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => each.trim());
  const decoders = codings.reverse().map((coding) => DECODERS.get(coding));
  if (body.length === 0 || decoders.includes(undefined)) return body;
  let plain = body;
  for (const decode of decoders) plain = (await decode?.(plain)) ?? plain;
  return plain;
}

/** Statuses whose answers have no body (https://fetch.spec.whatwg.org/#null-body-status). */
const WITHOUT_BODY = new Set([101, 103, 204, 205, 304]);

function responseOf(
  { statusCode = 0, statusMessage, rawHeaders }: http.IncomingMessage,
  body: Buffer,
  url: URL,
) {
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  const init = {
    status: statusCode,
    headers,
    ...(statusMessage !== undefined && { statusText: statusMessage }),
  };
  const response = new Response(WITHOUT_BODY.has(statusCode) ? null : new Uint8Array(body), init);
  return Object.defineProperty(response, 'url', { value: url.href });
}

/** Opens a CONNECT tunnel for each connection. Node's own proxy support is younger than the versions of Node that this package takes. */
class TunnelAgent extends https.Agent {
  readonly #origin: Origin;

  constructor(origin: Origin) {
    super({ keepAlive: true });
    this.#origin = origin;
  }

  override createConnection(
    { host, port }: https.RequestOptions,
    callback: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const fail = (error: Error) => callback(error, undefined as never);
    const servername = String(host);
    const target = `${servername}:${port}`;
    http
      .request(this.#origin.url, { method: 'CONNECT', path: target, headers: { host: target }, agent: false })
      .once('error', fail)
      .once('connect', (response, socket, head) => {
        if (response.statusCode === 200) {
          const { ca } = this.#origin;
          callback(null, connect({ socket, servername, ca: ca(), ALPNProtocols: ['http/1.1'] }));
          return;
        }
        // The body of a refusal says why.
        socket.unshift(head);
        text(socket).then(
          (reason) => fail(new Error(reason.trim() || `CONNECT was answered ${response.statusCode}.`)),
          fail,
        );
      })
      .end();
  }
}
