import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { createCertificateAuthority } from './certificate-authority.ts';
import {
  exchange,
  listenForTests,
  openConnect,
  sendThroughProxy,
  type TestListener,
} from './listen.testing.ts';

const API = 'https://abc123.execute-api.us-east-1.amazonaws.com';

let listener: TestListener;
let folder: string;
let caFile: string;
beforeAll(async () => {
  listener = await listenForTests();
  folder = await mkdtemp(join(tmpdir(), 'local-aws-proxy-'));
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, listener.certificateAuthority.certificatePem);
});
afterEach(() => {
  listener.requests.length = 0;
  listener.events.length = 0;
});
afterAll(async () => {
  await listener.close();
  await rm(folder, { recursive: true });
});

/** Runs a program as a user's shell would after `source .local-aws/env`. */
async function run(command: string, args: readonly string[], env: Record<string, string> = {}) {
  const child: ChildProcess = spawn(command, args, {
    env: {
      PATH: process.env.PATH,
      HTTPS_PROXY: listener.url,
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: caFile,
      CURL_CA_BUNDLE: caFile,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  const [status] = await once(child, 'close');
  return { status, output, errors };
}

describe('CONNECT', () => {
  test('ends TLS here, in the name of the host', async () => {
    const response = await sendThroughProxy(
      listener,
      `${API}/dev/a%2Fb?x=1`,
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      '{}',
    );
    expect(JSON.parse(response.body)).toMatchObject({
      method: 'POST',
      host: 'abc123.execute-api.us-east-1.amazonaws.com',
      rawPath: '/dev/a%2Fb',
      rawQuery: 'x=1',
      body: '{}',
      secureTransport: true,
      sourceIp: '127.0.0.1',
    });
  });

  test.each(['example.com:443', '127.0.0.1:443', 'sts.amazonaws.com:22', '169.254.169.254:80'])(
    'to %s is refused, in the status line as well',
    async (target) => {
      const { head, socket } = await openConnect(listener.port, target);
      socket.destroy();
      expect(head).toMatch(/^HTTP\/1\.1 403 Refused: local AWS reaches AWS hosts only\r\n/);
      expect(head).toContain(target);
      expect(listener.events).toMatchObject([{ message: expect.stringContaining(target) }]);
    },
  );

  test('for one host does not answer for another', async () => {
    const response = await sendThroughProxy(listener, API, { headers: { host: 'sts.amazonaws.com' } });
    expect(response.status).toBe(421);
    expect(response.body).toContain('sts.amazonaws.com');
    expect(listener.requests).toEqual([]);

    await expect(sendThroughProxy(listener, API, { servername: 'sts.amazonaws.com' })).rejects.toThrow();
    expect(listener.requests).toEqual([]);
  });

  test('with a name in the proxy URL passes that name on, but not the header', async () => {
    const { status } = await run(
      'curl',
      ['-sS', `${API}/dev/a`, 'http://sts.amazonaws.com/', `${listener.url}/x`],
      {
        HTTPS_PROXY: listener.url.replace('//', '//ASIAFUNCTION:x@'),
        http_proxy: listener.url.replace('//', '//ASIAFUNCTION:x@'),
        NO_PROXY: '127.0.0.1',
      },
    );
    expect(status).toBe(0);
    expect(listener.requests.map(({ proxyUser }) => proxyUser)).toEqual([
      'ASIAFUNCTION',
      'ASIAFUNCTION',
      undefined,
    ]);
    expect(listener.requests.flatMap(({ headers }) => headers.map(([name]) => name))).not.toContain(
      'proxy-authorization',
    );
  });

  test('inside a tunnel is refused', async () => {
    const response = await sendThroughProxy(listener, API);
    expect(response.status).toBe(200);
    const { socket } = await openConnect(listener.port, 'sts.amazonaws.com:443');
    const secure = tlsConnect({
      socket,
      servername: 'sts.amazonaws.com',
      ca: listener.certificateAuthority.certificatePem,
    });
    secure.write('CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nHost: sts.amazonaws.com\r\n\r\n');
    expect(String((await once(secure, 'data'))[0])).toMatch(/^HTTP\/1\.1 400 /);
    secure.destroy();
  });

  test('to this port itself takes plain HTTP, sent at once or later, but no further CONNECT', async () => {
    const own = `127.0.0.1:${listener.port}`;
    const get = (path: string, rest = '') => `GET ${path} HTTP/1.1\r\nHost: ${own}\r\n${rest}\r\n`;
    const connectHead = `CONNECT ${own} HTTP/1.1\r\nHost: ${own}\r\n\r\n`;
    await exchange(listener.port, connectHead + get('/1') + get('/2', 'Connection: close\r\n'));
    const { socket } = await openConnect(listener.port, own);
    const ended = once(socket.resume(), 'close');
    socket.write(get('/3', 'Connection: close\r\n'));
    await ended;
    expect(listener.requests.map(({ rawPath }) => rawPath)).toEqual(['/1', '/2', '/3']);
    expect(listener.requests[0]).toMatchObject({ host: own, secureTransport: true });
    expect(await exchange(listener.port, connectHead.repeat(2))).toMatch(/\r\n\r\nHTTP\/1\.1 400 /);
  });

  test('without SNI is answered for the host of the CONNECT', async () => {
    const { socket } = await openConnect(listener.port, 'sts.amazonaws.com:443');
    const secure = tlsConnect({
      socket,
      ca: listener.certificateAuthority.certificatePem,
      checkServerIdentity: () => undefined,
    });
    await once(secure, 'secureConnect');
    expect(secure.getPeerX509Certificate()?.checkHost('sts.amazonaws.com')).toBeDefined();
    secure.destroy();
  });

  test('speaks HTTP/1.1 to a client that also knows HTTP/2', async () => {
    const { socket } = await openConnect(listener.port, 'sts.amazonaws.com:443');
    const secure = tlsConnect({
      socket,
      servername: 'sts.amazonaws.com',
      ca: listener.certificateAuthority.certificatePem,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    await once(secure, 'secureConnect');
    expect(secure.alpnProtocol).toBe('http/1.1');
    secure.destroy();
  });

  test('survives rubbish instead of TLS, and a client that leaves', async () => {
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\xff\xff', '']) {
      const { socket } = await openConnect(listener.port, 'sts.amazonaws.com:443');
      const ended = once(socket, 'close');
      socket.resume().end(bytes, 'latin1');
      await ended;
    }
    expect((await sendThroughProxy(listener, API)).status).toBe(200);
  });

  test('of a client that does not trust the CA is reported, with the remedy', async () => {
    const other = await createCertificateAuthority();
    const reported = listener.nextEvent();
    await expect(sendThroughProxy(listener, API, { ca: other.certificatePem })).rejects.toThrow();
    expect(await reported).toMatchObject({
      message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });

  test('does not keep the listener from closing if its tunnel is idle', async () => {
    const own = await listenForTests();
    const { socket } = await openConnect(own.port, 'sts.amazonaws.com:443');
    const secure = tlsConnect({
      socket,
      servername: 'sts.amazonaws.com',
      ca: own.certificateAuthority.certificatePem,
    });
    secure.on('error', () => {});
    await once(secure, 'secureConnect');
    const { socket: halfway } = await openConnect(own.port, 'iam.amazonaws.com:443');
    const ended = Promise.all([once(secure, 'close'), once(halfway.resume(), 'close')]);
    await own.close();
    await ended;
    expect(own.events).toEqual([]);
  });
});

describe('an unmodified client', () => {
  test('such as fetch of Node needs environment variables alone', async () => {
    const { status, output, errors } = await run(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `const texts = [];
       for (let i = 0; i < 3; i++) {
         const response = await fetch('${API}/dev/' + i, { method: 'POST', body: 'b' + i });
         texts.push((await response.json()).rawPath);
       }
       console.log(texts.join());
       for (const url of ['https://example.com/', 'http://example.com/']) {
         const answer = await fetch(url).then((response) => response.status, () => 'failed');
         console.log(url, answer);
       }`,
        // HTTP_PROXY, too: the plain request to example.com must come here, and not go out.
      ],
      { HTTP_PROXY: listener.url },
    );
    expect({ status, output, errors: errors.replace(/.*(Warning|trace-warnings).*\n/g, '') }).toEqual({
      status: 0,
      output: '/dev/0,/dev/1,/dev/2\nhttps://example.com/ failed\nhttp://example.com/ failed\n',
      errors: '',
    });
    expect(listener.requests.map(({ secureTransport }) => secureTransport)).toEqual([true, true, true]);
  });

  test('such as fetch of Node fails without the CA, and local AWS says why', async () => {
    const reported = listener.nextEvent();
    const { output } = await run(
      process.execPath,
      ['--eval', `fetch('${API}').catch((error) => console.log(error.cause.code))`],
      { NODE_EXTRA_CA_CERTS: '' },
    );
    expect(output).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE\n');
    expect(await reported).toMatchObject({
      message: expect.stringContaining('Most often it does not trust'),
    });
  });

  test('such as curl reaches AWS hosts, and no others', async () => {
    const good = await run('curl', ['-sS', '--data', 'x', `${API}/dev/a`, 'https://sts.amazonaws.com/']);
    expect(good).toMatchObject({ status: 0, errors: '' });
    expect(listener.requests.map(({ host, body }) => `${host} ${body}`)).toEqual([
      'abc123.execute-api.us-east-1.amazonaws.com x',
      'sts.amazonaws.com x',
    ]);
    const refused = await run('curl', ['-sSv', 'https://example.com/']);
    expect(refused.status).toBe(56);
    expect(refused.errors).toContain('403 Refused: local AWS reaches AWS hosts only');
  });
});
