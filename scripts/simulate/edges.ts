import { EventEmitter } from 'node:events';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { Readable, Transform } from 'node:stream';
import timers from 'node:timers';
import zlib from 'node:zlib';
import { STSClient } from '@aws-sdk/client-sts';
import type { RequestHandler } from './aws-sdk.ts';
import type { SimulatedEnvironment } from './environment.ts';
import type { Reply } from './network.ts';

// middy imports it from here. Its import gets the global one, which virtual time replaces.
timers.setTimeout = ((work: () => void, ms?: number) => globalThis.setTimeout(work, ms)) as typeof setTimeout;
syncBuiltinESMExports();

/** A request that leaves an environment. */
export interface Outgoing {
  readonly from: SimulatedEnvironment;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal | undefined;
}

/** The replacement of Node for requests that leave an environment. */
export interface Edges {
  /** The environment whose code runs. */
  readonly environment: () => SimulatedEnvironment | undefined;
  /** Carries a request of the AWS SDK, or of signed-fetch. `settle` gets the reply, or an error. */
  readonly carry: (request: Outgoing, settle: (answer: Reply | Error) => void) => void;
  /** Runs work in the next turn of the environment's event loop. */
  readonly turn: (work: () => void) => void;
  /** The variables of the environment whose code runs. */
  readonly variables: () => NodeJS.ProcessEnv;
  /** Receives log output: texts for standard output and standard error. */
  readonly log: (text: string) => void;
}

/**
 * Replaces the ways in which the libraries reach the network and the event loop, at the border to Node: `https.request`, the
 * handler of the AWS SDK that calls it, `setImmediate`, and the decoder of gzip, which works in another thread.
 * @returns a function that restores everything
 */
export function installEdges({ environment, carry, turn, variables, log }: Edges): () => void {
  const current = (): SimulatedEnvironment => {
    const found = environment();
    if (found === undefined) throw new Error('A request was sent by no environment.');
    return found;
  };

  const request = (
    url: string,
    { method, headers, signal }: { method: string; headers: Record<string, string>; signal: AbortSignal },
  ) => {
    const from = current();
    let message: Readable | undefined;
    let isOver = false;
    const fail = (error: Error) => {
      if (isOver) return;
      isOver = true;
      if (message === undefined) emitter.emit('error', error);
      else message.destroy(error);
    };
    const emitter = Object.assign(new EventEmitter(), {
      end: (body: Uint8Array = new Uint8Array()) => {
        if (signal.aborted) {
          process.nextTick(() => fail(abortError()));
          return emitter;
        }
        const outgoing = { from, method, url, headers, body: Buffer.from(body).toString(), signal };
        carry(outgoing, (answer) => {
          if (answer instanceof Error) return fail(answer);
          if (isOver) return undefined;
          message = messageOf(answer);
          return emitter.emit('response', message);
        });
        return emitter;
      },
    });
    signal.addEventListener('abort', () => fail(abortError()));
    return emitter;
  };
  async function handle(this: RequestHandler, sdkRequest: SdkRequest, { abortSignal }: SdkOptions) {
    const from = current();
    const { method, protocol, hostname, path, headers, body } = sdkRequest;
    const limits = await this.configProvider;
    const { requestTimeout = 0, throwOnRequestTimeout = false, socketTimeout = 0 } = limits;
    const { promise, resolve, reject } = Promise.withResolvers<SdkResponse>();
    /** Ends when the request is given up. */
    const controller = new AbortController();
    let message: Readable | undefined;
    const giveUp = (error: Error) => {
      clearTimeout(timer);
      controller.abort();
      reject(error);
      message?.destroy(error);
    };
    const timer = throwOnRequestTimeout
      ? setTimeout(() => giveUp(timeoutError('ETIMEDOUT')), requestTimeout)
      : undefined;
    if (abortSignal?.aborted) {
      giveUp(abortError());
      return promise;
    }
    abortSignal?.addEventListener('abort', () => giveUp(abortError()));
    const outgoing = {
      from,
      method,
      url: `${protocol}//${hostname}${path}`,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
      ),
      body: String(body),
      signal: controller.signal,
    };
    carry(outgoing, (answer) => {
      clearTimeout(timer);
      if (answer instanceof Error) return reject(answer);
      const { status: statusCode, headers: received, body: bytes, end } = answer;
      // The SDK takes bytes for a whole body in less time than a stream.
      if (end !== undefined) message = messageOf(answer);
      if (end === 'held' && socketTimeout > 0) setTimeout(() => giveUp(timeoutError()), socketTimeout);
      return resolve({ response: { statusCode, headers: received, body: message ?? bytes } });
    });
    return promise;
  }
  const write = (text: unknown) => {
    log(String(text));
    return true;
  };
  const { env } = process;
  Object.defineProperty(process, 'env', { get: variables, configurable: true });
  const undo = [
    replace(https, { request }),
    replace(zlib, { createGunzip: syncGunzip }),
    replace(sdkHandler, { handle }),
    replace(globalThis, { setImmediate: turn }),
    replace(process.stdout, { write }),
    replace(process.stderr, { write }),
  ];
  return () => {
    for (const one of undo) one();
    Object.defineProperty(process, 'env', { value: env, configurable: true, writable: true });
  };
}

/** Replaces members of an object, some of which are read-only. @returns a function that restores them */
function replace(owner: object, members: Readonly<Record<string, unknown>>): () => void {
  const define = (values: Readonly<Record<string, unknown>>) => {
    for (const [name, value] of Object.entries(values)) {
      Object.defineProperty(owner, name, { value, configurable: true, enumerable: true, writable: true });
    }
  };
  const before = Object.fromEntries(Object.keys(members).map((name) => [name, Reflect.get(owner, name)]));
  define(members);
  return () => define(before);
}

type SdkRequest = Parameters<RequestHandler['handle']>[0];
type SdkOptions = Parameters<RequestHandler['handle']>[1];
type SdkResponse = Awaited<ReturnType<RequestHandler['handle']>>;

/** The address of DynamoDB. */
export const TABLE_URL = 'https://dynamodb.eu-west-1.amazonaws.com/';

/** The prototype that the handlers of all clients share. */
const sdkHandler: RequestHandler = Object.getPrototypeOf(
  new STSClient({ region: 'eu-west-1' }).config.requestHandler,
);

function messageOf({ status, headers, body, end }: Reply): Readable {
  const message: Readable = new Readable({
    read() {},
    // As Node does with a response that breaks: https://github.com/nodejs/node/blob/v24.x/lib/_http_incoming.js
    destroy(error, done) {
      process.nextTick(() => done(message.listenerCount('error') > 0 ? error : null));
    },
  });
  if (body.length > 0) message.push(body);
  if (end === undefined) message.push(null);
  if (end === 'broken') {
    process.nextTick(() => message.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })));
  }
  return Object.assign(message, {
    statusCode: status,
    headers,
    headersDistinct: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
  });
}

/** A decoder like Node's, which decodes at the end and in this thread: another would take real time. */
function syncGunzip(options: zlib.ZlibOptions = {}): Transform {
  const chunks: Buffer[] = [];
  const decoder = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
    flush(done) {
      try {
        done(null, zlib.gunzipSync(Buffer.concat(chunks), options));
      } catch (error) {
        done(error as Error);
      }
    },
  });
  return Object.defineProperty(decoder, 'bytesWritten', {
    get: () => chunks.reduce((sum, { length }) => sum + length, 0),
  });
}

/** The SDK's error for a request that is not answered in time. @see https://github.com/smithy-lang/smithy-typescript/tree/main/packages/node-http-handler */
const timeoutError = (code?: string) =>
  Object.assign(new Error('Request timed out'), { name: 'TimeoutError', ...(code && { code }) });

const abortError = () =>
  Object.assign(new Error('Request aborted'), { name: 'AbortError', code: 'ABORT_ERR' });
