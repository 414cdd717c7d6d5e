import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { listenForTests, send, type TestListener } from './listen.testing.ts';

const limits = {
  bodyBytes: 100_000,
  heldBytes: 1_000_000,
  strangerBodyBytes: 20_000,
  strangersHeldBytes: 50_000,
  lingerMs: 100,
};
const known = { authorization: 'known' };

let listener: TestListener;
const sockets: Socket[] = [];
beforeEach(async () => {
  listener = await listenForTests({
    limits,
    isKnown: ({ headers }) => headers.some(([name, value]) => name === 'authorization' && value === 'known'),
  });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await listener.close();
});

const post = (bytes: number, headers: Record<string, string> = {}) =>
  send(listener.port, { method: 'POST', headers }, Buffer.alloc(bytes));

/** Sends the head of an upload and a part of its body, and waits. */
async function hold(bytes: number, headers = ''): Promise<Socket> {
  const socket = connect(listener.port, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(
    `POST / HTTP/1.1\r\nHost: 127.0.0.1:${listener.port}\r\n${headers}Content-Length: ${bytes + 1}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.write('x'.repeat(bytes), resolve));
  return socket;
}

test('a request without a known access key may have a small body, and one with it a large body', async () => {
  expect((await post(20_000)).status).toBe(200);
  expect((await post(100_000, known)).status).toBe(200);
  const refused = await post(20_001);
  expect(refused.status).toBe(413);
  expect(JSON.parse(refused.body)).toEqual({
    __type: 'RequestTooLarge',
    message:
      'local AWS takes at most 20000 bytes in the body of a request that names none of its access keys. Sign it with keys of this start: .local-aws/credentials.',
  });
});

test('a body in chunks is measured as it comes in', async () => {
  const chunked = { 'transfer-encoding': 'chunked' };
  expect((await post(20_001, chunked)).status).toBe(413);
  expect((await post(20_001, { ...chunked, ...known })).status).toBe(200);
});

test('uploads without a known access key are held up to a limit in total, and do not keep others out', async () => {
  const holding = [];
  for (let count = 0; count < 2; count += 1) holding.push(await hold(19_000));
  // The listener may not have read the other bodies yet: repeat until it refuses.
  for (;;) {
    const { status, body } = await post(19_000, { 'transfer-encoding': 'chunked' });
    if (status === 200) continue;
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({
      __type: 'SlowDown',
      message: expect.stringContaining('50000 bytes of requests that name none of its access keys'),
    });
    break;
  }
  expect((await post(100_000, known)).status).toBe(200);
  expect((await post(100)).status).toBe(200);
  for (const socket of holding) socket.destroy();
  while ((await post(19_000, { 'transfer-encoding': 'chunked' })).status !== 200);
});

test('what one connection sends at once is held up to the limit of one body', async () => {
  let answered = 0;
  await listener.close();
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  listener = await listenForTests({
    limits,
    isKnown: () => true,
    answer: async () => {
      answered += 1;
      await released;
      return { status: 200, headers: {}, body: '' };
    },
  });
  const socket = connect(listener.port, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
    if (text.includes('HTTP/1.1 503')) release();
  });
  const request = `POST / HTTP/1.1\r\nHost: 127.0.0.1:${listener.port}\r\nContent-Length: 60000\r\n\r\n${'x'.repeat(60_000)}`;
  socket.write(request + request);
  while (answered === 0) await new Promise((resolve) => setImmediate(resolve));
  setTimeout(release, 300);
  await once(socket, 'close');
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '503']);
  expect(answered).toBe(1);
});
