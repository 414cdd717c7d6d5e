import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { applyEnvironment, pointFunctionToLocalAws } from '../../../state-directory/index.ts';
import { storedZip } from '../code/stored-zip.ts';
import { type LambdaFixture, lambdaFixture } from '../lambda.testing.ts';

/** Ways to connect: each is the body of a function of `host` and `port`. */
const CONNECTIONS: Readonly<Record<string, string>> = {
  'net.connect with options': 'return ended(net.connect({ host, port }));',
  'net.connect with port and host': 'return ended(net.connect(port, host));',
  'connect of a new net.Socket': 'return ended(new net.Socket().connect(port, host, () => {}));',
  'tls.connect': 'return ended(tls.connect(port, host));',
  'http.get with a class of Agent':
    'return ended(http.get({ host, port, agent: new (class extends http.Agent {})() }));',
  'http.get without an agent': 'return ended(http.get({ host, port, agent: false }));',
  'https.get with a class of Agent':
    'return ended(https.get({ host, port, agent: new (class extends https.Agent {})({ keepAlive: true }) }));',
  'http2.connect': "return ended(http2.connect('https://' + host + ':' + port));",
  'fetch past the proxy': "process.env.no_proxy = '*'; await fetch('http://' + host + ':' + port);",
  // A WebSocket hides the reason of its failure; its socket has it.
  'a WebSocket past the proxy': `process.env.no_proxy = '*';
    return new Promise((resolve, reject) => {
      require('node:diagnostics_channel').subscribe('net.client.socket', ({ socket }) => socket.on('error', reject));
      new WebSocket('ws://' + host + ':' + port).onopen = () => resolve('reached');
    });`,
  'a datagram': `const socket = dgram.createSocket('udp4'); socket.send('x', port, host); return ended(socket);`,
  'a part of a buffer as a datagram': `return callback((done) => dgram.createSocket('udp4').send(Buffer.from('xyz'), 1, 1, port, host, done));`,
  'a connected datagram socket': `const socket = dgram.createSocket('udp4'); socket.connect(port, host); return ended(socket);`,
};

/** Ways to ask a name server: each is the body of a function of `host`. */
const LOOKUPS: Readonly<Record<string, string>> = {
  'dns.lookup': 'return callback((done) => dns.lookup(host, done));',
  'dns.lookup with options': 'return callback((done) => dns.lookup(host, { all: true }, done));',
  'dns.resolve': "return callback((done) => dns.resolve(host, 'A', done));",
  'dns.resolveTxt': 'return callback((done) => dns.resolveTxt(host, done));',
  'dns.reverse': "return callback((done) => dns.reverse('192.0.2.1', done));",
  'dns.lookupService': "return callback((done) => dns.lookupService('192.0.2.1', 80, done));",
  'a dns.Resolver': 'return callback((done) => new dns.Resolver().resolve4(host, done));',
  'dns.promises.lookup': 'return dns.promises.lookup(host);',
  'dns.promises.lookupService': "return dns.promises.lookupService('192.0.2.1', 80);",
  'node:dns/promises': "return require('node:dns/promises').resolveMx(host);",
  'a dns.promises.Resolver': 'return new dns.promises.Resolver().resolve6(host);',
  'a promisified dns.lookup': "return require('node:util').promisify(dns.lookup)(host);",
  'an imported dns function':
    "const { resolve4 } = await import('node:dns'); return callback((done) => resolve4(host, done));",
};

const SOURCE = `
${['net', 'tls', 'http', 'https', 'http2', 'dgram', 'dns'].map((name) => `const ${name} = require('node:${name}');`).join('\n')}
const ended = (emitter) => new Promise((resolve, reject) => {
  emitter.on('error', reject).on('connect', () => resolve('reached')).on('response', () => resolve('reached'));
});
const callback = (call) => new Promise((resolve, reject) => {
  call((error) => error ? reject(error) : resolve('reached'));
});
const ways = {
${Object.entries({ ...CONNECTIONS, ...LOOKUPS })
  .map(([name, body]) => `  [${JSON.stringify(name)}]: async (host, port) => { ${body} },`)
  .join('\n')}
};
exports.attempt = async ({ way, host, port }) => {
  try {
    return (await ways[way](host, port)) ?? 'reached';
  } catch (error) {
    while (error.cause) error = error.cause;
    return { code: error.code, message: error.message };
  }
};`;

/** Each runs `attempt` in another place; `options` are those of the worker or child. */
const INDEX = `
const { attempt } = require('./attempt.js');
const { Worker } = require('node:worker_threads');
const { fork, spawn } = require('node:child_process');
const { once } = require('node:events');
const file = (name) => require('node:path').join(__dirname, name);
exports.handler = async ({ place, options, ...event }) => {
  if (place === 'worker') {
    const worker = new Worker(file('worker.js'), { ...options, workerData: event });
    const [answer] = await once(worker, 'message');
    return answer;
  }
  if (place === 'child') {
    const child = fork(file('child.js'), options ?? {});
    child.send(event);
    const [answer] = await once(child, 'message');
    return answer;
  }
  return attempt(event);
};`;

const MODULES = `const http = require('node:http');
  const https = require('node:https');
  const ended = (request) => new Promise((resolve) => request.on('error', resolve).on('response', resolve));`;

/** The name of a function. */
const nameOf = (text: string) => text.replaceAll(' ', '-');

describe('the network guard', () => {
  let lambda: LambdaFixture;
  let proxy: ReturnType<typeof createServer>;
  const asked: string[] = [];
  beforeAll(async () => {
    proxy = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end('answered');
    }).on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url}`);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    lambda = lambdaFixture({
      environment: (configured, key) => applyEnvironment(configured, pointFunctionToLocalAws(url, '', key)),
    });
    const files = {
      'index.js': INDEX,
      'attempt.js': SOURCE,
      'worker.js': `const { parentPort, workerData } = require('node:worker_threads');
        require('./attempt.js').attempt(workerData).then((answer) => parentPort.postMessage(answer));`,
      'child.js': `process.once('message', async (event) => {
        process.send(await require('./attempt.js').attempt(event), () => process.exit());
      });`,
    };
    await lambda.deploy('worker', '', {
      Code: { ZipFile: storedZip(files).toString('base64') },
      Timeout: 30,
      MemorySize: 512,
      Environment: {
        Variables: {
          no_proxy: '*',
          NO_PROXY: '*',
          https_proxy: 'http://proxy.example:3128',
          ALL_PROXY: 'http://proxy.example:3128',
          AWS_ENDPOINT_URL_STS: 'https://sts.amazonaws.com',
          AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
          NODE_OPTIONS: '--enable-source-maps',
        },
      },
    });
  });
  afterAll(async () => {
    await lambda.service.close();
    proxy.close();
  });
  beforeEach(() => {
    asked.length = 0;
  });

  const deploy = (name: string, body: string) =>
    lambda.deploy(nameOf(name), `${MODULES} exports.handler = async () => { ${body} };`);
  const attempt = async (event: object) => (await lambda.invoke('worker', event)).json;
  const refusedFor = (target: string) => ({
    code: 'ERR_LOCAL_AWS_NETWORK',
    message: expect.stringMatching(
      new RegExp(
        `^local AWS refused .*"${target}"\\. A function connects only to this machine .*For an AWS host, use fetch`,
      ),
    ),
  });

  describe.each(Object.keys(CONNECTIONS))('connections by %s', (way) => {
    const target = (host: string) => (/datagram/.test(way) ? host : `${host}:443`);
    test.each(['sts.amazonaws.com', 'example.com', '192.0.2.1'])(
      'a function does not reach %s',
      async (host) => {
        expect(await attempt({ way, host, port: 443 })).toEqual(refusedFor(target(host)));
        expect(asked).toEqual([]);
      },
    );
  });

  test.each(Object.keys(LOOKUPS))('a function looks up no name by %s', async (way) => {
    expect(await attempt({ way, host: 'sts.amazonaws.com' })).toEqual(
      refusedFor('(sts.amazonaws.com|192.0.2.1)'),
    );
  });

  test.each([
    ['worker', undefined],
    ['worker', { execArgv: [] }],
    ['worker', { env: {} }],
    ['worker', { execArgv: [], env: {} }],
    ['child', undefined],
    ['child', { env: {}, execArgv: [] }],
  ])('a function does not reach AWS from a %s with options %j', async (place, options) => {
    const way = 'https.get with a class of Agent';
    expect(await attempt({ place, options, way, host: 'sts.amazonaws.com', port: 443 })).toEqual(
      refusedFor('sts.amazonaws.com:443'),
    );
    expect(await attempt({ place, options, way: 'dns.lookup', host: 'sts.amazonaws.com' })).toEqual(
      refusedFor('sts.amazonaws.com'),
    );
  });

  test.each(['127.0.0.1', 'localhost'])('a function reaches its own server at %s', async (host) => {
    const { port } = proxy.address() as AddressInfo;
    for (const way of [
      'net.connect with options',
      'net.connect with port and host',
      'connect of a new net.Socket',
      'http.get with a class of Agent',
      'fetch past the proxy',
      'a part of a buffer as a datagram',
    ]) {
      expect([way, await attempt({ way, host, port })]).toEqual([way, 'reached']);
    }
    expect(await attempt({ way: 'dns.lookup', host })).toBe('reached');
  });

  test('an Agent of a function is still an Agent, with its own settings, and reaches a server of this machine without the proxy', async () => {
    const { port } = proxy.address() as AddressInfo;
    await deploy(
      'own agent',
      `const agent = new http.Agent({ keepAlive: true, maxSockets: 7 });
       const status = await new Promise((resolve, reject) => {
         http.get({ host: '127.0.0.1', port: ${port}, path: '/mine', agent }, (response) => resolve(response.statusCode)).on('error', reject);
       });
       return [agent instanceof http.Agent, agent.constructor.name, agent.maxSockets, typeof status];`,
    );
    expect((await lambda.invoke('own-agent')).json).toEqual([true, 'Agent', 7, 'number']);
    expect(asked).toEqual(['GET /mine']);
  });

  test('a function cannot resolve localhost to another host', async () => {
    await lambda.deploy(
      'elsewhere',
      `exports.handler = () => new Promise((resolve) => {
        const lookup = (name, options, done) => resolve('asked');
        require('node:net').connect({ host: 'localhost', port: 1, lookup }).on('error', ({ code }) => resolve(code));
      });`,
    );
    expect((await lambda.invoke('elsewhere')).json).toBe('ECONNREFUSED');
  });

  test('a function has only the endpoint and proxy variables of local AWS, in both spellings', async () => {
    await lambda.deploy('variables', 'exports.handler = async () => process.env;', {
      Environment: {
        Variables: {
          AWS_ENDPOINT_URL_STS: 'https://sts.amazonaws.com',
          AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
          no_proxy: '*',
          all_proxy: 'http://proxy.example',
          MINE: 'yes',
        },
      },
    });
    const variables = (await lambda.invoke('variables')).json;
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    // The proxy recognizes the function by this name.
    const proxyUrl = url.replace('//', `//${variables.AWS_ACCESS_KEY_ID}:function@`);
    expect(variables).toMatchObject({
      MINE: 'yes',
      AWS_ENDPOINT_URL: url,
      HTTPS_PROXY: proxyUrl,
      https_proxy: proxyUrl,
      HTTP_PROXY: proxyUrl,
      http_proxy: proxyUrl,
      NO_PROXY: '127.0.0.1,localhost,::1',
      no_proxy: '127.0.0.1,localhost,::1',
    });
    expect(Object.keys(variables)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(AWS_ENDPOINT_URL_|AWS_IGNORE_|all_proxy)/)]),
    );
  });

  test.each([
    ['fetch', "await fetch('https://sts.amazonaws.com/').catch(() => {});"],
    ['https with the default agent', "await ended(https.get('https://sts.amazonaws.com/'));"],
    [
      'a new Agent',
      "await ended(https.get('https://sts.amazonaws.com/', { agent: new https.Agent({ keepAlive: true }) }));",
    ],
    [
      'an Agent without new',
      "await ended(https.get('https://sts.amazonaws.com/', { agent: https.Agent() }));",
    ],
    [
      'an imported Agent',
      "const { Agent } = await import('node:https'); await ended(https.get('https://sts.amazonaws.com/', { agent: new Agent() }));",
    ],
    [
      'a class of Agent with proxyEnv',
      "await ended(https.get('https://sts.amazonaws.com/', { agent: new (class extends https.Agent {})({ proxyEnv: process.env }) }));",
    ],
  ])('a function reaches AWS hosts through the proxy as the error proposes: %s', async (way, body) => {
    await deploy(way, body);
    await lambda.invoke(nameOf(way));
    expect(asked).toEqual(['CONNECT sts.amazonaws.com:443']);
  });

  const sendAll = `
    await fetch('https://sts.amazonaws.com/').catch(() => {});
    await ended(https.get('https://sts.amazonaws.com/'));
    await ended(http.get('http://sts.amazonaws.com/path'));
    await new Promise((resolve) => { new WebSocket('wss://sts.amazonaws.com/').onerror = resolve; });`;
  const askedForAll = [
    'CONNECT sts.amazonaws.com:443',
    'CONNECT sts.amazonaws.com:443',
    'GET http://sts.amazonaws.com/path',
    'CONNECT sts.amazonaws.com:443',
  ];

  test('a function reaches AWS hosts through the proxy by fetch, https, http and WebSocket', async () => {
    await deploy('all ways', sendAll);
    await lambda.invoke('all-ways');
    expect(asked).toEqual(askedForAll);
  });

  test.each([
    ['fetch', "await fetch('https://sts.amazonaws.com/').catch(() => {});", 1],
    [
      'a WebSocket',
      "await new Promise((resolve) => { new WebSocket('wss://sts.amazonaws.com/').onerror = resolve; });",
      1,
    ],
    [
      'an undici of the function',
      `const { request, fetch } = require(${JSON.stringify(require.resolve('undici'))});
       await request('https://sts.amazonaws.com/').catch(() => {});
       await fetch('https://sts.amazonaws.com/').catch(() => {});`,
      2,
    ],
  ])('undici is loaded when a function first uses %s, and not before', async (way, body, requests) => {
    const isLoaded = "process.moduleLoadList.includes('NativeModule internal/deps/undici/undici')";
    await deploy(`first ${way}`, `const before = ${isLoaded}; ${body} return [before, ${isLoaded}];`);
    expect((await lambda.invoke(nameOf(`first ${way}`))).json).toEqual([false, true]);
    expect(asked).toEqual(Array(requests).fill('CONNECT sts.amazonaws.com:443'));
  });

  test('what a function sets itself stays after its first fetch: the agents, and the dispatcher of its undici', async () => {
    await deploy(
      'own settings',
      `const { Agent, getGlobalDispatcher, setGlobalDispatcher } = require(${JSON.stringify(require.resolve('undici'))});
       const own = { agent: new http.Agent(), tlsAgent: new https.Agent(), dispatcher: new Agent() };
       const given = getGlobalDispatcher();
       [http.globalAgent, https.globalAgent] = [own.agent, own.tlsAgent];
       setGlobalDispatcher(own.dispatcher);
       await fetch('https://sts.amazonaws.com/', { dispatcher: given }).catch(() => {});
       return [http.globalAgent === own.agent, https.globalAgent === own.tlsAgent, getGlobalDispatcher() === own.dispatcher];`,
    );
    expect((await lambda.invoke('own-settings')).json).toEqual([true, true, true]);
    expect(asked).toEqual(['CONNECT sts.amazonaws.com:443']);
  });

  test.each([
    ['a worker thread', 'const worker = new Worker(FILE); await once(worker, "exit");'],
    ['a child process', 'await once(fork(FILE), "exit");'],
    // A child process without NODE_OPTIONS has no guard: the proxy alone keeps it from AWS.
    [
      'a child process without NODE_OPTIONS',
      "execFileSync(process.execPath, [FILE], { env: { ...process.env, NODE_OPTIONS: '' } });",
    ],
  ])('%s of a function reaches AWS hosts through the proxy', async (place, body) => {
    const name = nameOf(place);
    const files = {
      'index.js': `const { Worker } = require('node:worker_threads');
        const { fork, execFileSync } = require('node:child_process');
        const { once } = require('node:events');
        const FILE = require('node:path').join(__dirname, 'send.js');
        exports.handler = async () => { ${body} };`,
      'send.js': `${MODULES} void (async () => { ${sendAll} process.exit(); })();`,
    };
    await lambda.deploy(name, '', {
      Code: { ZipFile: storedZip(files).toString('base64') },
      Timeout: 30,
      MemorySize: 512,
    });
    await lambda.invoke(name);
    expect(asked).toEqual(askedForAll);
  });
});
