import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopbackName, parseAuthority } from '../../../network/aws-hosts.ts';

/** The largest response of a function, in bytes: 6 MB and what AWS adds for its envelope. */
export const MAX_RESPONSE_BYTES = 6_291_556;

/** An invocation as the runtime gets it from `GET /runtime/invocation/next`. */
export interface RuntimeInvocation {
  readonly requestId: string;
  readonly functionArn: string;
  /** Milliseconds since the epoch, by the machine's clock: the function compares it with its own `Date.now()`. */
  readonly deadlineMs: number;
  readonly traceId: string;
  /** JSON. */
  readonly clientContext?: string;
  readonly payload: Uint8Array;
}

/** What a runtime needs to reach its API. */
export interface RuntimeApiAccess {
  /** `host:port`, the value of `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** The secret of this environment. The runtime sends it as `Authorization: Bearer <token>`. */
  readonly token: string;
}

/** What a runtime does through its API. */
export interface RuntimeEvents {
  /** The runtime is ready for an invocation; its peak memory in KiB where it told. */
  next(maxRssKb: number | undefined): void;
  response(requestId: string, payload: Buffer): void;
  responseTooLarge(requestId: string): void;
  error(requestId: string, document: Buffer, errorType: string): void;
  initError(document: Buffer, errorType: string): void;
}

/**
 * The Lambda Runtime API of one execution environment, version 2018-06-01
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
 *
 * On AWS nobody else can reach this API. Here every user of the machine can connect to the port, and so can a web page
 * whose host name resolves to 127.0.0.1 (DNS rebinding). Therefore a request needs the environment's secret and this
 * port's own `Host`, and is refused before anything else of it is read.
 */
export class RuntimeApi {
  readonly #server: Server;
  readonly #token = randomBytes(32).toString('base64url');
  readonly #authorization = digest(`Bearer ${this.#token}`);
  #port = 0;
  #events: RuntimeEvents | undefined;
  #waiting: ServerResponse | undefined;
  /** The invocation that the runtime has and has not answered. */
  #open: string | undefined;
  /** The answer that is still being read: a pipelined `next` has to wait for it. */
  #reading: Promise<void> = Promise.resolve();

  constructor() {
    this.#server = createServer((request, response) => this.#serve(request, response));
    // A frozen runtime keeps its connection for as long as it is frozen.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
    this.#server.headersTimeout = 0;
  }

  /** Listens on a free port of 127.0.0.1. */
  listen(): Promise<RuntimeApiAccess> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => {
        this.#server.unref();
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve({ address: `127.0.0.1:${this.#port}`, token: this.#token });
      });
    });
  }

  /** Names who is told what the runtime does. */
  attach(events: RuntimeEvents): void {
    this.#events = events;
  }

  /** Hands an invocation to the runtime, which must be waiting in `next`. */
  deliver(invocation: RuntimeInvocation): void {
    const response = this.#waiting;
    if (response === undefined) throw new Error(`The runtime is not ready for ${invocation.requestId}.`);
    this.#waiting = undefined;
    this.#open = invocation.requestId;
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': invocation.payload.length,
      'lambda-runtime-aws-request-id': invocation.requestId,
      'lambda-runtime-deadline-ms': String(invocation.deadlineMs),
      'lambda-runtime-invoked-function-arn': invocation.functionArn,
      'lambda-runtime-trace-id': invocation.traceId,
      ...(invocation.clientContext === undefined
        ? {}
        : { 'lambda-runtime-client-context': Buffer.from(invocation.clientContext).toString('latin1') }),
    });
    response.end(invocation.payload);
  }

  /** Stops listening and breaks the runtime's connections. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      response.setHeader('connection', 'close');
      answer(response, 403, { errorType: 'Forbidden', errorMessage: refusal });
      return;
    }
    const [, resource = '', id = '', action = ''] =
      /^\/2018-06-01\/runtime\/(init|invocation)\/([^/?]+)(?:\/(response|error))?$/.exec(request.url ?? '') ??
      [];
    if (request.method === 'GET' && resource === 'invocation' && id === 'next' && action === '') {
      request.resume();
      void this.#reading.then(() => this.#next(request, response));
      return;
    }
    if (request.method !== 'POST' || (resource === 'invocation') === (action === '') || resource === '') {
      request.resume();
      answer(response, 404, {
        errorType: 'NotFound',
        errorMessage: `No such resource: ${request.url}`,
      });
      return;
    }
    this.#reading = readBody(request, MAX_RESPONSE_BYTES).then(
      (body) => this.#post(resource, id, action, request, body, response),
      () => {
        response.destroy();
      },
    );
  }

  /** Why a request is not answered; `undefined` if it comes from the environment's own runtime. */
  #refusal(request: IncomingMessage): string | undefined {
    const [host = '', ...others] = request.headersDistinct.host ?? [];
    const authority = parseAuthority(host);
    const isOwn =
      authority !== undefined && isLoopbackName(authority.hostname) && authority.port === this.#port;
    if (!isOwn || others.length > 0) return `The Host header must be 127.0.0.1:${this.#port}.`;
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), this.#authorization)) {
      return 'Only the execution environment that this Runtime API belongs to may use it.';
    }
    return undefined;
  }

  #next(request: IncomingMessage, response: ServerResponse): void {
    if (this.#open !== undefined) {
      answer(response, 403, invalidTransition);
      return;
    }
    this.#waiting = response;
    const maxRss = Number(request.headers['local-max-rss-kb']);
    this.#events?.next(Number.isSafeInteger(maxRss) && maxRss > 0 ? maxRss : undefined);
  }

  #post(
    resource: string,
    id: string,
    action: string,
    request: IncomingMessage,
    body: Buffer | undefined,
    response: ServerResponse,
  ): void {
    const errorType = String(request.headers['lambda-runtime-function-error-type'] ?? 'Unhandled');
    if (resource === 'init') {
      if (id !== 'error') {
        answer(response, 404, { errorType: 'NotFound', errorMessage: 'Not found' });
        return;
      }
      answer(response, 202, accepted);
      this.#events?.initError(body ?? Buffer.from('{}'), errorType);
      return;
    }
    if (this.#open === undefined) {
      answer(response, 403, invalidTransition);
      return;
    }
    if (id !== this.#open) {
      answer(response, 400, { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' });
      return;
    }
    this.#open = undefined;
    if (action === 'error') {
      answer(response, 202, accepted);
      this.#events?.error(id, body ?? Buffer.from('{}'), errorType);
      return;
    }
    if (body === undefined) {
      answer(response, 413, {
        errorType: 'RequestEntityTooLarge',
        errorMessage: `Exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
      });
      this.#events?.responseTooLarge(id);
      return;
    }
    answer(response, 202, accepted);
    this.#events?.response(id, body);
  }
}

const accepted = { status: 'OK' };
const invalidTransition = {
  errorType: 'InvalidStateTransition',
  errorMessage: 'State transition is not allowed',
};

/** Of equal length for every text, so that the comparison takes the same time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function answer(response: ServerResponse, status: number, document: object): void {
  const body = JSON.stringify(document);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** Reads a body to its end; `undefined` where it is larger than the limit, of which no more than that is kept. */
function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on('end', () => resolve(size > limit ? undefined : Buffer.concat(chunks, size)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('The connection closed.')));
  });
}
