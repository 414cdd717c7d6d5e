import { connect } from 'node:net';
import type { WireRequest } from './wire.testing.ts';

/** The bytes of a request. */
export function requestBytes({ method, path, headers, body }: WireRequest): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n${body}`);
}

/** A busy machine can stop all processes for seconds. */
const END_WITHIN_MS = 25_000;

/**
 * Sends bytes on a new connection and closes its sending side.
 * @param sent whole, or in pieces that arrive one by one
 * @returns all bytes until the server closed the connection
 * @throws Error if the server does not close the connection in time
 */
export function exchangeBytes(port: number, sent: Uint8Array | readonly Uint8Array[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const pieces = sent instanceof Uint8Array ? [sent] : sent;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    socket.setTimeout(END_WITHIN_MS, () => {
      socket.destroy();
      reject(
        new Error(
          `No end after ${END_WITHIN_MS} ms: ${JSON.stringify(Buffer.concat(pieces).toString('latin1'))}`,
        ),
      );
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A reset after the answer counts as an end.
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(Buffer.concat(chunks)));
    const sendFrom = (index: number): void => {
      const piece = pieces[index];
      if (piece === undefined) socket.end();
      else socket.write(piece, () => setImmediate(sendFrom, index + 1));
    };
    sendFrom(0);
  });
}

/** A strictly parsed response. */
export interface RawResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * Parses the bytes of a connection: any number of responses, nothing else.
 * @param headOnly whether the responses are to HEAD, so they have no body
 * @throws Error if the bytes are anything else
 */
export function readResponses(bytes: Buffer, headOnly = false): RawResponse[] {
  const responses: RawResponse[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`A response without an end of its headers: ${rest.toString('latin1')}`);
    const [statusLine = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 ([2-5]\d\d) [\w ():/-]*$/.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) throw new Error(`No status line: ${statusLine}`);
    const headers = new Map(
      lines.map((line): [string, string] => {
        const [, name = '', value = ''] = /^([\w-]+): (.*)$/.exec(line) ?? [];
        if (name === '') throw new Error(`No header: ${line}`);
        return [name.toLowerCase(), value];
      }),
    );
    const length = headOnly || status === 204 ? 0 : Number(headers.get('content-length') ?? Number.NaN);
    const body = rest.subarray(end + 4, end + 4 + length);
    if (body.length !== length)
      throw new Error(`The body has ${body.length} bytes, but Content-Length is ${length}.`);
    responses.push({ status, headers, body: body.toString('utf8') });
    rest = rest.subarray(end + 4 + length);
  }
  return responses;
}
