import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

const before = { ...process.env };
const closers: (() => Promise<unknown>)[] = [];

/** Restores the environment and closes all servers, after each test of a file. */
export function cleanUpAfterEachTest(): void {
  afterEach(async () => {
    process.env = { ...before };
    jest.restoreAllMocks();
    await Promise.all(closers.splice(0).map((close) => close()));
  });
}

/** Starts a server on this machine, and returns its URL. */
export async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A success of AssumeRole, or of another action. */
export const success = (action = 'AssumeRole', accessKeyId = 'ASIAEXAMPLE123456789') =>
  `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>s+/=</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></${action}Result></${action}Response>`;

/** A refusal of STS. */
export const failure = (code: string, message: string) =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;

/** A request that STS got. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly parameters: URLSearchParams;
}

/** An answer of STS. With `cut`, the connection ends within the response, or is reset. */
export interface Answer {
  readonly status?: number;
  readonly body?: string;
  readonly date?: string;
  readonly cut?: 'end' | 'reset' | undefined;
}

/** Starts an STS whose endpoint is in the environment, as are credentials. */
export async function serveSts(answer: (request: Received, index: number) => Answer) {
  const received: Received[] = [];
  const sockets = new Set<unknown>();
  const url = await listen(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    sockets.add(request.socket);
    const got = { headers: request.headers, parameters: new URLSearchParams(body) };
    const { status = 200, body: text = success(), date, cut } = answer(got, received.length);
    received.push(got);
    if (date !== undefined) response.setHeader('date', date);
    if (cut !== undefined) {
      const sever = () => (cut === 'end' ? request.socket.end() : request.socket.resetAndDestroy());
      response.writeHead(status, { 'content-length': text.length }).write(text.slice(0, -1), sever);
      return;
    }
    response.writeHead(status, { 'x-amzn-requestid': 'request-1' }).end(text);
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_STS: url,
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE123456789',
    AWS_SECRET_ACCESS_KEY: 'secret-of-the-function',
    AWS_SESSION_TOKEN: 'token-of-the-function/+=',
  });
  return { received, sockets };
}
