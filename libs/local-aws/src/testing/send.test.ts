import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { createSender, readRequest, type Sender } from './send.ts';

const TEXT = '{"name":"München"}';
const encoders: Readonly<Record<string, (text: string | Buffer) => Buffer>> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
};

let server: http.Server;
let sender: Sender;
let url: string;
beforeAll(async () => {
  server = http.createServer(({ url: path = '', method }, response) => {
    const codings = path.slice(1).split(',').filter(Boolean);
    const body = codings.reduce<Buffer>(
      (each, coding) => encoders[coding]?.(each) ?? each,
      Buffer.from(TEXT),
    );
    if (codings.length > 0) response.setHeader('Content-Encoding', codings.join(', '));
    response.end(method === 'HEAD' ? undefined : body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sender = createSender({ url, ca: () => '' });
});
afterAll(() => {
  sender.close();
  server.close();
});

const send = async (path: string, init?: RequestInit) =>
  sender.send(await readRequest(`${url}/${path}`, init));

test.each(['', 'gzip', 'deflate', 'br', 'gzip,br', 'other'])(
  'a body with the content encoding "%s" is read as the global fetch reads it',
  async (codings) => {
    const [ours, theirs] = await Promise.all([send(codings), fetch(`${url}/${codings}`)]);
    expect(await ours.text()).toBe(await theirs.text());
    expect(ours.headers.get('content-encoding')).toBe(theirs.headers.get('content-encoding'));
    expect((await send(codings, { method: 'HEAD' })).status).toBe(200);
  },
);

test('a body that is not in its content encoding is an error, as with the global fetch', async () => {
  const broken = http.createServer((_, response) => {
    response.setHeader('Content-Encoding', 'gzip').end(TEXT);
  });
  broken.listen(0, '127.0.0.1');
  await once(broken, 'listening');
  const origin = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
  const toBroken = createSender({ url: origin, ca: () => '' });
  try {
    await expect(toBroken.send(await readRequest(origin))).rejects.toThrow(TypeError);
  } finally {
    toBroken.close();
    broken.close();
  }
});
