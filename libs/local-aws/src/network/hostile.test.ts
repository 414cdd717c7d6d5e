import fc from 'fast-check';
import { exchange, listenForTests, send, type TestListener } from './listen.testing.ts';

let listener: TestListener;
beforeAll(async () => {
  listener = await listenForTests({
    limits: {
      bodyBytes: 100_000,
      heldBytes: 150_000,
      headerBytes: 8_192,
      lingerMs: 100,
    },
  });
});
afterEach(async () => {
  expect((await send(listener.port)).status).toBe(200);
  listener.requests.length = 0;
  listener.events.length = 0;
});
afterAll(() => listener.close());

const host = () => `Host: 127.0.0.1:${listener.port}\r\n`;

/** Sends a request's head and body; the connection must end with a well-formed error and nothing else. */
async function expectError(bytes: string, status: number, code: string, { port } = listener): Promise<void> {
  const text = await exchange(port, Buffer.from(bytes, 'latin1'));
  const [head, body] = text.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head).toContain(`\r\nContent-Length: ${body?.length}`);
  expect(head).toMatch(/\r\nx-amzn-RequestId: [0-9a-f-]{36}/);
  expect(JSON.parse(body ?? '')).toEqual({ __type: code, message: expect.any(String) });
  expect(listener.requests).toEqual([]);
}

describe('request smuggling is refused:', () => {
  test.each([
    ['length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunks and length', 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef'],
    ['a list of lengths', 'Content-Length: 5, 5\r\n\r\nabcde'],
    ['a signed length', 'Content-Length: +5\r\n\r\nabcde'],
    ['a hexadecimal length', 'Content-Length: 0x5\r\n\r\nabcde'],
    ['space before the colon', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
    ['an unknown encoding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['encoding over encoding', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n'],
    ['a compressed encoding', 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['a bad chunk', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n'],
    ['a chunk that is longer than it says', 'Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n'],
    ['a folded header', 'X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n'],
    ['a bare line feed', 'X-A: b\nX-B: c\r\nContent-Length: 0\r\n\r\n'],
    ['a null byte', 'X-A: b\0c\r\nContent-Length: 0\r\n\r\n'],
    ['a second host', 'Host: sts.amazonaws.com\r\nConnection: close\r\n\r\n'],
    ['a header that is not UTF-8', 'X-A: \xff\r\nConnection: close\r\n\r\n'],
  ])('%s is answered with 400', (_name, rest) =>
    expectError(`POST / HTTP/1.1\r\n${host()}${rest}`, 400, 'BadRequest'),
  );

  test.each([
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['no host, as HTTP/1.0 allowed', 'GET / HTTP/1.0\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['an unknown method', 'HACK / HTTP/1.1\r\n\r\n'],
  ])('%s is answered with 400', (_name, bytes) => expectError(bytes, 400, 'BadRequest'));

  test.each(['/\xc3\xa9', '/a b', '/a\tb', '/#x', '*', 'x', '//', '/\x7f'])(
    'the target %j is answered with 400, except for two slashes',
    async (target) => {
      const text = await exchange(
        listener.port,
        Buffer.from(`GET ${target} HTTP/1.1\r\n${host()}Connection: close\r\n\r\n`, 'latin1'),
      );
      expect(text).toMatch(target === '//' ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 400 /);
    },
  );

  test('a foreign host is answered with 403, against DNS rebinding', () =>
    expectError('GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', 403, 'HostRefused'));

  test('an upgrade is ignored', async () => {
    const text = await exchange(
      listener.port,
      `GET / HTTP/1.1\r\n${host()}Connection: upgrade, close\r\nUpgrade: h2c\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('an unknown expectation is answered with 417', () =>
    expectError(
      `GET / HTTP/1.1\r\n${host()}Expect: magic\r\nConnection: close\r\n\r\n`,
      417,
      'ExpectationFailed',
    ));
});

describe('a request', () => {
  test('with too large headers is answered with 431', () =>
    expectError(
      `GET / HTTP/1.1\r\n${host()}X-A: ${'a'.repeat(10_000)}\r\n\r\n`,
      431,
      'RequestHeaderSectionTooLarge',
    ));

  test('may have many headers', async () => {
    const many = Array.from({ length: 2_040 }, () => 'a:\r\n').join('');
    await exchange(listener.port, `GET / HTTP/1.1\r\n${host()}${many}Connection: close\r\n\r\n`);
    expect(listener.requests[0]?.headers).toHaveLength(2_042);
  });

  test('that announces too large a body is answered with 413 before the body is sent', () =>
    expectError(`POST / HTTP/1.1\r\n${host()}Content-Length: 100001\r\n\r\n`, 413, 'RequestTooLarge'));

  test('that announces too large a body and waits is answered with 413 instead of 100', () =>
    expectError(
      `POST / HTTP/1.1\r\n${host()}Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n`,
      413,
      'RequestTooLarge',
    ));

  test('with too large a body in chunks is answered with 413, which a client that goes on sending can read', async () => {
    const chunk = `8000\r\n${'a'.repeat(0x8000)}\r\n`;
    await expectError(
      `POST / HTTP/1.1\r\n${host()}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(100)}0\r\n\r\n`,
      413,
      'RequestTooLarge',
    );
  });

  test('may have a body of the largest size', async () => {
    const response = await send(listener.port, { method: 'POST' }, Buffer.alloc(100_000));
    expect(response.status).toBe(200);
    expect(listener.requests[0]?.body).toHaveLength(100_000);
  });

  test('is answered with 503 while there is no room for its body', async () => {
    let release: () => void = () => {};
    const answered = new Promise<void>((resolve) => {
      release = resolve;
    });
    let arrived: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const own = await listenForTests({
      limits: { bodyBytes: 100, heldBytes: 150 },
      answer: async ({ rawPath }) => {
        arrived();
        if (rawPath === '/wait') await answered;
        return { status: 200, headers: {}, body: '' };
      },
    });
    const body = Buffer.alloc(100);
    const first = send(own.port, { method: 'POST', path: '/wait' }, body);
    await asked;
    const second = await send(own.port, { method: 'POST' }, body);
    expect(second.status).toBe(503);
    expect(JSON.parse(second.body)).toMatchObject({ __type: 'SlowDown' });
    release();
    expect((await first).status).toBe(200);
    expect((await send(own.port, { method: 'POST' }, body)).status).toBe(200);
    await own.close();
  });
});

describe('a client that is too slow', () => {
  let impatient: TestListener;
  beforeAll(async () => {
    impatient = await listenForTests({
      limits: { headersTimeoutMs: 100, requestTimeoutMs: 200, lingerMs: 100 },
    });
  });
  afterAll(() => impatient.close());

  test.each([
    ['sends nothing', ''],
    ['sends half a request line', 'GET /'],
    ['sends half the headers', 'GET / HTTP/1.1\r\nHost: x\r\n'],
    ['sends half a body', 'POST / HTTP/1.1\r\nHost: sts.amazonaws.com\r\nContent-Length: 10\r\n\r\nabc'],
  ])('is answered with 408 if it %s', (_name, bytes) => expectError(bytes, 408, 'RequestTimeout', impatient));

  test('is disconnected if it does not start TLS after CONNECT', async () => {
    const text = await exchange(impatient.port, 'CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n\r\n');
    expect(text).toBe('HTTP/1.1 200 Connection Established\r\n\r\n');
  });
});

describe('a client that breaks off', () => {
  test('in its body does not reach the handler', async () => {
    await exchange(listener.port, `POST / HTTP/1.1\r\n${host()}Content-Length: 10\r\n\r\nabc`, true);
    expect(listener.requests).toEqual([]);
  });

  test('after two requests at once gets both answers, in order', async () => {
    const one = (path: string, rest: string) => `GET ${path} HTTP/1.1\r\n${host()}${rest}\r\n`;
    const text = await exchange(listener.port, one('/1', '') + one('/2', 'Connection: close\r\n'));
    expect([...text.matchAll(/"rawPath":"([^"]+)"/g)].map((match) => match[1])).toEqual(['/1', '/2']);
  });
});

test('a request with random changes gets a well-formed answer, or none', async () => {
  const valid = Buffer.from(
    `POST /a?b=c HTTP/1.1\r\n${host()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
  );
  const mutation = fc.record({
    at: fc.nat(valid.length - 1),
    drop: fc.nat(4),
    insert: fc.uint8Array({ maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
      let bytes: Buffer = valid;
      for (const { at, drop, insert } of mutations) {
        bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + drop)]);
      }
      const text = await exchange(listener.port, bytes, true);
      expect(text).toMatch(/^(HTTP\/1\.1 (200|400|403|408|413|417|431) [\s\S]*)?$/);
      expect(listener.events.filter(({ message }) => / failed( inside|:)/.test(message))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
