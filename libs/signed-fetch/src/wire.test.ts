import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { authorizationByAws4 } from './aws4.testing.ts';
import { ApiError, ConnectionFailed, createSignedFetch } from './index.ts';

const credentials = { accessKeyId: 'ASIAEXAMPLE123456789', secretAccessKey: 'secret', sessionToken: 'token' };
const retry = { maxAttempts: 3, baseDelayMs: 1 };

/** A server on a free port, closed at the end of the test file. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const closers: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(closers.map((close) => close())));

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Verifies a request as it arrived, by the signed headers it names. */
function verifies(request: IncomingMessage, body: Buffer): boolean {
  const authorization = request.headers.authorization ?? '';
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
  const present = names.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === 'string' && name !== 'x-amz-security-token' ? [[name, value]] : [];
  });
  const { method = '', url: path = '' } = request;
  const { host = '' } = request.headers;
  const expected = authorizationByAws4(
    { method, host, path, headers: Object.fromEntries(present), body },
    credentials,
  );
  return authorization === expected;
}

test('a request verifies when it arrives, whatever its path, query and body', async () => {
  const baseUrl = await serve(async (request, response) => {
    const body = await readBody(request);
    response.end(JSON.stringify({ verified: verifies(request, body), url: request.url, size: body.length }));
  });
  const api = createSignedFetch({ baseUrl: `${baseUrl}/dev`, region: 'eu-west-1', credentials });
  const text = fc.string({ unit: 'grapheme', maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('a', 'é', '日本', ' ', '+', '%2F', '', "!'()*", '~', '🎉', '&=;'), {
        maxLength: 4,
      }),
      fc.dictionary(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
        fc.array(text, { maxLength: 3 }),
      ),
      fc.option(fc.uint8Array({ maxLength: 50 }), { nil: undefined }),
      async (parts, query, bytes) => {
        const { body } = await api.json(`/x/${parts.join('/')}`, {
          query,
          ...(bytes !== undefined && { body: Uint8Array.from(bytes) }),
        });
        expect(body).toMatchObject({ verified: true, size: bytes?.length ?? 0 });
      },
    ),
    { numRuns: 200 },
  );
});

test('a request verifies also with headers that fetch changes', async () => {
  const baseUrl = await serve(async (request, response) => {
    const body = await readBody(request);
    response.end(JSON.stringify({ verified: verifies(request, body), headers: request.headers }));
  });
  const api = createSignedFetch({ baseUrl, region: 'eu-west-1', credentials });
  for (const name of UNUSUAL) {
    const { body } = await api.json('/', { headers: { range: 'bytes=0-9', [name]: '5' } });
    expect(body).toMatchObject({ verified: true, headers: { [name]: '5' } });
  }
  const all = Object.fromEntries(UNUSUAL.map((name) => [name, '6']));
  expect(await api.json('/', { headers: all })).toMatchObject({ body: { verified: true, headers: all } });
});

/** Headers that `fetch` forbids in browsers, changes, or reacts to; those apart that the library refuses. */
const UNUSUAL = [
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'access-control-request-method',
  'cache-control',
  'content-encoding',
  'content-type',
  'cookie',
  'date',
  'dnt',
  'if-modified-since',
  'if-none-match',
  'origin',
  'pragma',
  'priority',
  'range',
  'referer',
  'via',
  'x-forwarded-for',
  'x-http-method-override',
];

test('an answer that grows beyond the limit when it is decompressed is not kept', async () => {
  const bomb = gzipSync(new Uint8Array(50 * 2 ** 20));
  const baseUrl = await serve((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  });
  const api = createSignedFetch({ baseUrl, region: 'eu-west-1', credentials, maxResponseBytes: 1_000_000 });
  const before = process.memoryUsage().arrayBuffers;
  await expect(api.fetch('/')).rejects.toMatchObject({ code: 'ResponseTooLarge' });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 2 ** 20);
});

test('a redirect is not followed', async () => {
  let followed = 0;
  const elsewhere = await serve((_, response) => {
    followed += 1;
    response.end('{}');
  });
  const baseUrl = await serve((_, response) => {
    response.writeHead(307, { location: elsewhere, 'x-amzn-requestid': '1' }).end();
  });
  const api = createSignedFetch({ baseUrl, region: 'eu-west-1', credentials });
  const error = await api.fetch('/').catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ApiError);
  expect(String(error)).toContain(`307: a redirect to ${elsewhere}`);
  expect(followed).toBe(0);
});

test('an answer that is cut midway is repeated only where that is safe', async () => {
  let requests = 0;
  const baseUrl = await serve((_, response) => {
    requests += 1;
    if (requests % 2 === 0) return response.end('{"whole":true}');
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"cut', () => response.destroy());
    return undefined;
  });
  const api = createSignedFetch({ baseUrl, region: 'eu-west-1', credentials, retry });
  expect((await api.json('/', { json: {}, idempotencyKey: true })).body).toEqual({ whole: true });
  const error = await api.json('/', { json: {} }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ConnectionFailed);
  expect(error).toMatchObject({ maybeExecuted: true });
  expect(requests).toBe(3);
});

test('the error of a request to a port where nothing listens says that it was not executed', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const api = createSignedFetch({
    baseUrl: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials,
    retry,
  });
  const error = await api.json('/', { json: {} }).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'ConnectionFailed', reasonCode: 'ECONNREFUSED', maybeExecuted: false });
  expect(error).toMatchObject({ attempts: [{ outcome: 'not-sent' }, {}, {}] });
});

test('each of twenty concurrent requests gets its own response', async () => {
  const baseUrl = await serve(async (request, response) => {
    const body = await readBody(request);
    response.end(body);
  });
  const api = createSignedFetch({ baseUrl, region: 'eu-west-1', credentials });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => api.json('/', { json: { n } })));
  expect(answers.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, (_, n) => ({ n })));
});

test('a connection that was reset while the process stood still is not used, not even for a POST without a key', async () => {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(join(__dirname, 'closing-server.testing.ts'), { workerData: done.buffer });
  closers.push(() => worker.terminate());
  const [port] = await once(worker, 'message');
  const api = createSignedFetch({
    baseUrl: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials,
    retry: { maxAttempts: 1 },
  });
  for (let invocation = 0; invocation < 50; invocation += 1) {
    expect((await api.fetch('/', { json: {} })).attempts).toBe(1);
    // A freeze begins while the connection is idle, and no event is handled until it ends.
    await idle();
    Atomics.store(done, 0, 0);
    worker.postMessage('reset');
    expect(Atomics.wait(done, 0, 0, 10_000)).not.toBe('timed-out');
  }
});

/** The event loop has nothing to do and comes back from a timer, as it mostly does. */
async function idle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
}
