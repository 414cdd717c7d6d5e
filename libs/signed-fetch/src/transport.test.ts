import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { toFetch } from './fetch.ts';
import { createSignedFetch } from './index.ts';

const credentials = { accessKeyId: 'ASIAEXAMPLE123456789', secretAccessKey: 'secret', sessionToken: 'token' };
const closers: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closers.splice(0).map((close) => close())));

/** Clients of one server: one sends by itself, the other by `fetch`. */
async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { baseUrl, region: 'eu-west-1', credentials, retry: { maxAttempts: 1 } };
  return [createSignedFetch(options), createSignedFetch({ ...options, fetch })] as const;
}

test.each([
  ['gzip', gzipSync('{"a":1}')],
  ['GZIP', gzipSync('{"a":1}')],
  ['identity', '{"a":1}'],
  ['unknown', '{"a":1}'],
])('a body with the coding %s is read as fetch reads it', async (coding, bytes) => {
  const [own, byFetch] = await serve((_, response) => {
    response.writeHead(200, { 'content-encoding': coding }).end(bytes);
  });
  for (const client of [own, byFetch]) {
    expect((await client.json('/')).body).toEqual({ a: 1 });
    // Who reads the body of a `Response` must know what it is still coded with.
    const { headers } = await toFetch(client)(`${client.baseUrl}/`);
    expect(headers.get('content-encoding')).toBe(/gzip/i.test(coding) ? null : coding);
  }
});

test.each([
  [undefined, 'gzip'],
  ['identity', 'identity'],
])('with the header Accept-Encoding %s, the call asks for %s', async (given, sent) => {
  const asked: unknown[] = [];
  const [own] = await serve((request, response) => {
    asked.push(request.headers['accept-encoding']);
    response.end();
  });
  await own.fetch('/', given === undefined ? {} : { headers: { 'Accept-Encoding': given } });
  expect(asked).toEqual([sent]);
});

describe('a gzip body that is cut short, whose response is complete otherwise', () => {
  const whole = gzipSync('{"a":1}');
  const serveOnce = async (cut: Buffer) => {
    let requests = 0;
    const [own] = await serve((_, response) => {
      requests += 1;
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(requests === 1 ? whole.subarray(0, cut.length) : whole);
    });
    return { own, sent: () => requests };
  };

  test.each([
    ['in its header', 1],
    ['after its header', 10],
    ['in its text', 14],
    ['before its checksum', whole.length - 8],
    ['before its last byte', whole.length - 1],
  ])('a response whose gzip body is cut %s is broken', async (_where, length) => {
    const { own, sent } = await serveOnce(whole.subarray(0, length));
    await expect(own.json('/', { json: {} })).rejects.toMatchObject({
      code: 'ConnectionFailed',
      reasonCode: 'Z_BUF_ERROR',
      maybeExecuted: true,
      attempts: [{ outcome: 'broken' }],
    });
    expect(sent()).toBe(1);
  });

  test('a request whose gzip response is cut short is repeated if that is safe', async () => {
    const { own } = await serveOnce(whole.subarray(0, -8));
    const retry = { maxAttempts: 2, baseDelayMs: 1 };
    expect(await own.json('/', { json: {}, idempotencyKey: true, retry })).toMatchObject({
      body: { a: 1 },
      attempts: 2,
    });
  });
});

test('responses that name a coding and have no body are empty', async () => {
  const [own] = await serve((request, response) => {
    response
      .writeHead(request.method === 'HEAD' ? 200 : 204, {
        'content-encoding': String(request.headers['x-c']),
      })
      .end();
  });
  for (const method of ['HEAD', 'DELETE']) {
    for (const coding of ['gzip', 'br']) {
      const { body } = await own.fetch('/', { method, headers: { 'x-c': coding } });
      expect(body).toHaveLength(0);
    }
  }
});

test('a response whose body does not have the coding that it names is broken, and its connection is closed', async () => {
  const closed = Promise.withResolvers<void>();
  const [own] = await serve(({ socket }, response) => {
    socket.on('close', () => closed.resolve());
    // More would come.
    response.writeHead(200, { 'content-encoding': 'gzip' }).write('plain');
  });
  await expect(own.fetch('/')).rejects.toMatchObject({ code: 'ConnectionFailed', maybeExecuted: true });
  await closed.promise;
});

describe.each(['its rest is missing', 'the connection is reset'])('if a body is cut midway and %s', (how) => {
  const bytes = gzipSync('x'.repeat(1_000));
  test.each([
    ['plain', { 'content-length': bytes.length }],
    ['chunked', {}],
    ['compressed', { 'content-length': bytes.length, 'content-encoding': 'gzip' }],
    ['compressed and chunked', { 'content-encoding': 'gzip' }],
  ])(`a %s body that is cut midway is a broken response if ${how}`, async (_what, headers) => {
    const [own] = await serve(({ socket }, response) => {
      response.writeHead(200, headers);
      response.write(bytes.subarray(0, 20), () =>
        how === 'the connection is reset' ? socket.resetAndDestroy() : socket.end(),
      );
    });
    await expect(own.fetch('/')).rejects.toMatchObject({ code: 'ConnectionFailed', maybeExecuted: true });
  });
});

test('a response that never ends is a time-out, and its connection is closed', async () => {
  const begun = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const [own] = await serve(({ socket }, response) => {
    socket.on('close', () => closed.resolve());
    response.writeHead(200, { 'content-length': 100 }).write('{', () => begun.resolve());
  });
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'] });
  try {
    const error = own.fetch('/', { timeoutMs: 50 }).catch((reason: unknown) => reason);
    await begun.promise;
    jest.advanceTimersByTime(50);
    expect(await error).toMatchObject({ code: 'RequestTimeout' });
    await closed.promise;
  } finally {
    jest.useRealTimers();
  }
});

test.each([100, 103])('a response %i before the response is skipped', async (status) => {
  const [own] = await serve((_, response) => {
    if (status === 100) response.writeContinue();
    else response.writeEarlyHints({ link: '</a>; rel=preload' });
    response.end('{"a":1}');
  });
  expect((await own.json('/')).body).toEqual({ a: 1 });
});

test('an unrequested response 101 is refused at once', async () => {
  const [own] = await serve(({ socket }) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
  });
  await expect(own.fetch('/')).rejects.toMatchObject({ code: 'ConnectionFailed' });
});

test('the headers of a response are a Headers object with each value of a repeated header', async () => {
  const [own] = await serve((_, response) => {
    response
      .writeHead(200, { 'X-A': '1', 'Set-Cookie': ['a=1', 'b=2'], 'x-amzn-RequestId': 'id-1' })
      .end('{}');
  });
  const response = await own.json('/');
  expect(response.headers).toBeInstanceOf(Headers);
  expect(response.headers.get('x-a')).toBe('1');
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(response.headers).toBe(response.headers);
  expect(response.requestId).toBe('id-1');
});

test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a %s request says how long its body is', async (method) => {
  const lengths: unknown[] = [];
  const [own] = await serve((request, response) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    lengths.push(length ?? encoding ?? 'none');
    request.resume().on('end', () => response.end('{}'));
  });
  await own.fetch('/', { method, body: 'é' });
  if (method !== 'DELETE') await own.fetch('/', { method });
  expect(lengths).toEqual(method === 'DELETE' ? ['2'] : ['2', '0']);
});

test('a call that is aborted closes its connection', async () => {
  const closed = Promise.withResolvers<void>();
  const controller = new AbortController();
  const [own] = await serve((request) => {
    request.socket.on('close', () => closed.resolve());
    controller.abort(new Error('enough'));
  });
  await expect(own.fetch('/', { signal: controller.signal })).rejects.toThrow('enough');
  await closed.promise;
});

test('calls one after another share a connection', async () => {
  const sockets = new Set<unknown>();
  const [own] = await serve((request, response) => {
    sockets.add(request.socket);
    response.end('{}');
  });
  for (let call = 0; call < 3; call += 1) await own.json('/');
  expect(sockets.size).toBe(1);
});
