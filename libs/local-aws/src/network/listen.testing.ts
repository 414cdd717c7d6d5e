import { EventEmitter, once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { AwsRequest, AwsResponse, Severed } from '../core/request.ts';
import { type CertificateAuthority, createCertificateAuthority } from './certificate-authority.ts';
import type { ListenOptions } from './context.ts';
import { type Listener, listen } from './listener.ts';

interface NetworkEvent {
  readonly message: string;
  readonly error?: unknown;
}

/** A listener for tests, with the requests that it received and the events that it reported. */
export interface TestListener extends Listener {
  readonly certificateAuthority: CertificateAuthority;
  readonly requests: AwsRequest[];
  readonly events: NetworkEvent[];
  nextEvent(): Promise<NetworkEvent>;
}

/** Answers with the request as the listener read it, in JSON. */
export function echo(request: AwsRequest): AwsResponse {
  const { body, receivedAt: _, ...rest } = request;
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...rest, body: body.toString('latin1') }),
  };
}

/** Listens on a free port. By default, it answers like {@link echo}. */
export async function listenForTests(
  options: Partial<ListenOptions> & {
    answer?: (request: AwsRequest) => AwsResponse | Severed | Promise<AwsResponse | Severed>;
  } = {},
): Promise<TestListener> {
  const requests: AwsRequest[] = [];
  const events: NetworkEvent[] = [];
  const reported = new EventEmitter();
  const certificateAuthority = options.certificateAuthority ?? (await createCertificateAuthority());
  const listener = await listen({
    port: 0,
    certificateAuthority,
    report(message, error) {
      const event = { message, error };
      events.push(event);
      reported.emit('event', event);
    },
    async onRequest(request) {
      requests.push(request);
      return (options.answer ?? echo)(request);
    },
    ...options,
  });
  const nextEvent = async () => (await once(reported, 'event'))[0] as NetworkEvent;
  return { ...listener, certificateAuthority, requests, events, nextEvent };
}

/** A response read whole. */
export interface ReadResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Sends a request straight to the port. */
export function send(
  port: number,
  options: RequestOptions = {},
  body?: string | Buffer,
): Promise<ReadResponse> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, agent: false, ...options }, (response) =>
      readWhole(response).then(resolve, reject),
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** Opens a CONNECT tunnel. @returns the answer's status line, and the socket */
export function openConnect(port: number, target: string): Promise<{ head: string; socket: Socket }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('error', reject);
    socket.on('data', function onData(chunk) {
      text += chunk.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      socket.off('data', onData);
      resolve({ head: text, socket });
    });
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  });
}

/** Sends a request through CONNECT and TLS, as an HTTPS proxy's client does. */
export async function sendThroughProxy(
  listener: TestListener,
  url: string,
  options: RequestOptions & { servername?: string; ca?: string } = {},
  body?: string,
): Promise<ReadResponse> {
  const { hostname, pathname, search } = new URL(url);
  const { head, socket } = await openConnect(listener.port, `${hostname}:443`);
  if (!head.startsWith('HTTP/1.1 200 ')) {
    socket.destroy();
    throw new Error(head);
  }
  const ca = options.ca ?? listener.certificateAuthority.certificatePem;
  const secure = tlsConnect({ socket, servername: options.servername ?? hostname, ca });
  return new Promise((resolve, reject) => {
    secure.on('error', reject);
    const request = httpsRequest(
      {
        host: hostname,
        path: pathname + search,
        port: 443,
        defaultPort: 443, // or the Host header would name the port
        ...options,
        createConnection: () => secure,
      },
      (response) => readWhole(response).then(resolve, reject),
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** Sends bytes, and reads until the connection ends. */
export function exchange(port: number, bytes: string | Uint8Array, end = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    if (end) socket.end(bytes);
    else socket.write(bytes);
  });
}

async function readWhole(response: IncomingMessage): Promise<ReadResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString(),
  };
}
