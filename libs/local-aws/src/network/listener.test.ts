import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { listenForTests, send, type TestListener } from './listen.testing.ts';
import { ListenError, listen } from './listener.ts';

let listener: TestListener | undefined;
afterEach(async () => {
  await listener?.close();
  listener = undefined;
});

describe('a request', () => {
  test('comes in as it was sent', async () => {
    listener = await listenForTests({ clock: { now: () => new Date('2030-01-02T03:04:05Z') } });
    await send(
      listener.port,
      {
        method: 'POST',
        path: '/a%2Fb//../c%20?x=%2B&x&y=',
        headers: [
          'Host',
          `localhost:${listener.port}`,
          'X-B',
          '1',
          'x-a',
          '2',
          'X-B',
          '3',
          'Content-Length',
          '4',
        ],
      },
      'body',
    );
    expect(listener.requests).toEqual([
      {
        requestId: expect.stringMatching(
          /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        ),
        method: 'POST',
        host: `localhost:${listener.port}`,
        rawPath: '/a%2Fb//../c%20',
        rawQuery: 'x=%2B&x&y=',
        headers: [
          ['host', `localhost:${listener.port}`],
          ['x-b', '1'],
          ['x-a', '2'],
          ['x-b', '3'],
          ['content-length', '4'],
          ['connection', 'close'],
        ],
        spelling: expect.any(Function),
        body: Buffer.from('body'),
        sourceIp: '127.0.0.1',
        secureTransport: true,
        receivedAt: new Date('2030-01-02T03:04:05Z'),
      },
    ]);
    expect(listener.requests[0]?.spelling?.()).toEqual(
      new Map([
        ['host', 'Host'],
        ['x-b', 'X-B'],
        ['content-length', 'Content-Length'],
        ['connection', 'Connection'],
      ]),
    );
  });

  test('may have a body that is chunked, binary and larger than one packet', async () => {
    listener = await listenForTests();
    const body = Buffer.alloc(1_000_000, Buffer.from([0, 255, 10, 13]));
    await send(listener.port, { method: 'PUT', headers: { 'transfer-encoding': 'chunked' } }, body);
    expect(listener.requests[0]?.body.equals(body)).toBe(true);
  });

  test('may have UTF-8 in its headers, there and back', async () => {
    listener = await listenForTests({
      answer: () => ({ status: 200, headers: { 'x-amz-meta-b': 'größe €' }, body: '' }),
    });
    const wire = Buffer.from('größe €').toString('latin1');
    const response = await send(listener.port, { headers: { 'x-amz-meta-a': wire } });
    expect(listener.requests[0]?.headers).toContainEqual(['x-amz-meta-a', 'größe €']);
    expect(response.headers['x-amz-meta-b']).toBe(wire);
  });

  test('that expects 100 Continue gets it before it sends its body', async () => {
    listener = await listenForTests();
    const socket = connect(listener.port, '127.0.0.1');
    socket.write(
      `PUT / HTTP/1.1\r\nHost: localhost:${listener.port}\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`,
    );
    expect(String((await once(socket, 'data'))[0])).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('body');
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
    expect(listener.requests[0]?.body.toString()).toBe('body');
    socket.destroy();
  });

  test('reuses its connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    listener = await listenForTests();
    const ports = new Set<number>();
    for (let index = 0; index < 3; index++) {
      const response = await send(listener.port, { agent });
      expect(response.headers.connection).toBe('keep-alive');
      // AWS gives no hint of how long it keeps a connection, so clients meet closed ones.
      expect(response.headers['keep-alive']).toBeUndefined();
      ports.add(Object.keys(agent.freeSockets).length);
    }
    expect(ports).toEqual(new Set([1]));
    agent.destroy();
  });
});

describe('a response', () => {
  test('has its headers, repeated ones too, and the date of the given clock', async () => {
    listener = await listenForTests({
      clock: { now: () => new Date('2030-01-02T03:04:05Z') },
      answer: () => ({ status: 201, headers: { 'X-One': '1', 'Set-Cookie': ['a', 'b'] }, body: 'ünïcode' }),
    });
    const response = await send(listener.port);
    expect(response).toMatchObject({ status: 201, body: 'ünïcode' });
    expect(response.headers).toMatchObject({
      'x-one': '1',
      'set-cookie': ['a', 'b'],
      date: 'Wed, 02 Jan 2030 03:04:05 GMT',
      'content-length': '9',
    });
  });

  test('has its own framing headers instead of those of the handler', async () => {
    listener = await listenForTests({
      answer: () => ({
        status: 200,
        headers: { 'Transfer-Encoding': 'chunked', Connection: 'close', 'content-length': '999', Date: 'x' },
        body: new Uint8Array([104, 105]),
      }),
    });
    const response = await send(listener.port);
    expect(response.body).toBe('hi');
    expect(response.headers).toMatchObject({ 'content-length': '2', date: 'x' });
    expect(response.headers['transfer-encoding']).toBeUndefined();
  });

  test.each([
    ['HEAD', 200, '5'],
    ['GET', 204, undefined],
    ['GET', 304, undefined],
    ['GET', 205, '0'],
  ])('to %s with %d has no body', async (method, status, length) => {
    listener = await listenForTests({ answer: () => ({ status, headers: {}, body: 'hello' }) });
    const response = await send(listener.port, { method });
    expect(response.body).toBe('');
    expect(response.headers['content-length']).toBe(length);
  });

  test('to HEAD may have the length of what GET would send', async () => {
    listener = await listenForTests({
      answer: () => ({ status: 200, headers: { 'Content-Length': '12345' }, body: '' }),
    });
    expect((await send(listener.port, { method: 'HEAD' })).headers['content-length']).toBe('12345');
  });

  test.each([
    ['a thrown error', () => Promise.reject(new Error('secret detail'))],
    ['a line break in a header', () => ({ status: 200, headers: { x: 'a\r\nb: c' }, body: '' })],
    ['a bad header name', () => ({ status: 200, headers: { 'a b': 'c' }, body: '' })],
    ['a status that does not exist', () => ({ status: 99, headers: {}, body: '' })],
    ['an interim status', () => ({ status: 101, headers: {}, body: '' })],
  ])('is a 500 without details for %s, and the reason is reported', async (_name, answer) => {
    listener = await listenForTests({ answer });
    const response = await send(listener.port);
    expect(response.status).toBe(500);
    expect(JSON.parse(response.body)).toMatchObject({ __type: 'InternalFailure' });
    expect(response.body).not.toContain('secret');
    expect(response.headers['x-amzn-requestid']).toBe(listener.requests[0]?.requestId);
    expect(listener.events).toMatchObject([{ message: expect.stringContaining('bug') }]);
    expect((await send(listener.port)).status).toBe(500);
  });

  test('can be replaced by a cut of the connection', async () => {
    listener = await listenForTests({ answer: () => ({ severed: true }) });
    await expect(send(listener.port)).rejects.toThrow(/hang up|ECONNRESET/);
  });

  test.each([0, 3, 1000])('can be cut after %d bytes of its body', async (afterBytes) => {
    const whole = { status: 200, headers: {}, body: '0123456789' };
    listener = await listenForTests({ answer: () => ({ severed: true, response: whole, afterBytes }) });
    const socket = connect(listener.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.write(`GET / HTTP/1.1\r\nHost: localhost:${listener.port}\r\n\r\n`);
    await once(socket, 'close');
    expect(text).toContain('Content-Length: 10\r\n');
    expect(text.split('\r\n\r\n')[1]).toBe('0123456789'.slice(0, Math.min(afterBytes, 9)));
  });
});

describe('a path of local AWS itself', () => {
  test('is answered on this machine’s own names only, without asking the handler', async () => {
    const answer = { status: 200, headers: {}, body: 'own' };
    const path = '/_local-aws/health';
    listener = await listenForTests({ control: ({ rawPath }) => (rawPath === path ? answer : undefined) });
    expect((await send(listener.port, { path })).body).toBe('own');
    expect(listener.requests).toEqual([]);

    await send(listener.port, { path, headers: { host: 'abc.execute-api.us-east-1.amazonaws.com' } });
    expect(listener.requests).toMatchObject([{ rawPath: path }]);
  });
});

describe('the port', () => {
  test('is on 127.0.0.1 only', async () => {
    listener = await listenForTests();
    expect(listener.url).toBe(`http://127.0.0.1:${listener.port}`);
    const socket = connect(listener.port, '127.0.0.2');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    // macOS has no address 127.0.0.2 unless it is configured.
    expect(['ECONNREFUSED', 'EADDRNOTAVAIL', 'ETIMEDOUT']).toContain(error.code);
  });

  test('is named, with what to do, in the error if it is in use', async () => {
    listener = await listenForTests();
    const error: unknown = await listenForTests({ port: listener.port }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({ code: 'PortInUse' });
    expect(String(error)).toMatch(new RegExp(`${listener.port}.*in use.*--port`));
  });

  test.each([-1, 65_536, 1.5, Number.NaN])('cannot be %d', async (port) => {
    const { certificateAuthority, close } = await listenForTests();
    await close();
    await expect(
      listen({ port, certificateAuthority, onRequest: () => Promise.reject(new Error()) }),
    ).rejects.toMatchObject({ code: 'InvalidPort', message: expect.stringContaining('65535') });
  });

  test('closes at once, even with requests under way and idle connections, and can be closed twice', async () => {
    let arrived: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const open = await listenForTests({
      answer: () => {
        arrived();
        return new Promise(() => {});
      },
    });
    const answer = send(open.port).catch((error: NodeJS.ErrnoException) => error.code);
    const idle = connect(open.port, '127.0.0.1');
    const ended = once(idle, 'close');
    await asked;
    await Promise.all([open.close(), open.close()]);
    expect(await answer).toBe('ECONNRESET');
    await ended;
    await expect(send(open.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('outlives a client that goes away while it is being answered', async () => {
    let answer: () => void = () => {};
    let arrived: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    listener = await listenForTests({
      answer: (request) =>
        request.rawPath === '/slow'
          ? new Promise((resolve) => {
              answer = () => resolve({ status: 200, headers: {}, body: 'late' });
              arrived();
            })
          : { status: 200, headers: {}, body: 'ok' },
    });
    const socket = connect(listener.port, '127.0.0.1');
    socket.write(`GET /slow HTTP/1.1\r\nHost: localhost:${listener.port}\r\n\r\n`);
    await asked;
    socket.resetAndDestroy();
    answer();
    expect((await send(listener.port)).body).toBe('ok');
    expect(listener.events).toEqual([]);
  });

  describe('ends the connection, and not the process, if', () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    beforeEach(() => {
      process.on('unhandledRejection', note).on('uncaughtException', note);
    });
    afterEach(() => {
      process.off('unhandledRejection', note).off('uncaughtException', note);
      expect(unhandled.splice(0)).toEqual([]);
    });
    const refusedThenAnswered = async (options: Parameters<typeof listenForTests>[0], mend: () => void) => {
      listener = await listenForTests(options);
      await expect(send(listener.port)).rejects.toMatchObject({ code: 'ECONNRESET' });
      mend();
      expect((await send(listener.port)).status).toBe(200);
    };

    test('its clock fails', async () => {
      let time: number | undefined;
      const now = () => {
        if (time === undefined) throw new Error('no time');
        return new Date(time);
      };
      await refusedThenAnswered({ clock: { now } }, () => {
        time = 0;
      });
      expect(listener?.events.map(({ message }) => message)).toContain(
        'A connection was ended: Error: no time. This is a bug in local AWS, not in the client.',
      );
    });

    test('the function that takes its messages fails', async () => {
      let isBroken = true;
      const report = () => {
        throw new Error('no output');
      };
      const answer = () => {
        if (isBroken) throw new Error('a defect');
        return { status: 200, headers: {}, body: '' };
      };
      await refusedThenAnswered({ report, answer }, () => {
        isBroken = false;
      });
    });

    test('an answer goes on after its end', async () => {
      let isBroken = true;
      const stream = (say: (text: string) => void) => {
        if (isBroken) setImmediate(() => say('x'.repeat(100)));
        return () => {};
      };
      listener = await listenForTests({
        control: () => ({ status: 200, headers: {}, stream: (say) => stream((text) => say(text)) }),
      });
      const socket = connect(listener.port, '127.0.0.1');
      socket.write(`GET /_local-aws/x HTTP/1.1\r\nHost: localhost:${listener.port}\r\n\r\n`);
      await once(socket, 'data');
      socket.resetAndDestroy();
      isBroken = false;
      expect((await send(listener.port)).status).toBe(200);
    });
  });
});
