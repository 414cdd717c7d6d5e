import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { applyEnvironment, pointFunctionToLocalAws } from '../../../state-directory/index.ts';
import { storedZip } from '../code/stored-zip.ts';
import { isAlive, type LambdaFixture, lambdaFixture, until } from '../lambda.testing.ts';

/*
 * Functions in Python, on any Python of this machine: they need the standard library only. Expected texts are those of AWS's runtime
 * (https://github.com/aws/aws-lambda-python-runtime-interface-client, bootstrap.py).
 */

const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).stdout?.trim();
if (!python) console.warn('python3 is not installed: the tests of functions in Python did NOT run.');
const ifPython = python ? test : test.skip;

let lambda: LambdaFixture;
beforeAll(() => {
  lambda = lambdaFixture({ processEnvironment: { LOCAL_AWS_PYTHON: python } });
});
afterAll(() => lambda.service.close());

/** Deploys a function whose file `app.py` is the source, or these files. */
const deploy = (name: string, source: string | Record<string, string>, settings: object = {}, to = lambda) =>
  to.deploy(name, '', {
    Runtime: 'python3.13',
    Handler: 'app.handler',
    // The machine may be busy.
    Timeout: 30,
    Code: {
      ZipFile: storedZip(typeof source === 'string' ? { 'app.py': source } : source).toString('base64'),
    },
    ...settings,
  });
const logOf = (name: string) => lambda.logged.get(`/aws/lambda/${name}`) ?? [];

ifPython('The context of a function in Python has the members of AWS’s context.', async () => {
  const arn = await deploy(
    'context',
    `def handler(event, context):
  names = 'function_name function_version invoked_function_arn memory_limit_in_mb aws_request_id log_group_name log_stream_name'
  client = context.client_context
  return {**{name: getattr(context, name) for name in names.split()}, 'custom': client and client.custom,
    'identity': context.identity.cognito_identity_id, 'remaining': context.get_remaining_time_in_millis()}`,
    { Timeout: 60 },
  );
  const header = Buffer.from('{"custom":{"a":"b"}}').toString('base64');
  const { json, headers } = await lambda.invoke('context', {}, { 'X-Amz-Client-Context': header });
  expect(json).toEqual({
    function_name: 'context',
    function_version: '$LATEST',
    invoked_function_arn: arn,
    memory_limit_in_mb: '128',
    aws_request_id: headers['x-amzn-requestid'],
    log_group_name: '/aws/lambda/context',
    log_stream_name: expect.stringContaining('[$LATEST]'),
    custom: { a: 'b' },
    identity: null,
    remaining: expect.any(Number),
  });
  expect(json.remaining).toBeGreaterThan(0);
  expect(json.remaining).toBeLessThanOrEqual(60_000);
  expect((await lambda.invoke('context')).json).toMatchObject({ custom: null });
});

ifPython(
  'A process that a function in Python starts in another session ends when local AWS ends.',
  async () => {
    const own = lambdaFixture({ processEnvironment: { LOCAL_AWS_PYTHON: python } });
    await deploy(
      'starts',
      `import subprocess
def handler(event, context):
  return subprocess.Popen(['sleep', '1000'], start_new_session=True, stdout=subprocess.DEVNULL).pid`,
      {},
      own,
    );
    const child = (await own.invoke('starts')).json;
    expect(isAlive(child)).toBe(true);
    await own.service.close();
    await until(() => !isAlive(child));
  },
);

ifPython('The log of a function in Python has what it prints and logs, as AWS writes it.', async () => {
  await deploy(
    'logs',
    `import logging, sys
logging.getLogger().setLevel(logging.INFO)
print('loaded')
def handler(event, context):
  print('two\\nlines')
  logging.getLogger(__name__).info('of\\ntwo lines')
  logging.debug('not logged')
  print('to stderr', file=sys.stderr)`,
  );
  const { headers } = await lambda.invoke('logs');
  const id = headers['x-amzn-requestid'];
  const lines = logOf('logs');
  expect(lines[0]).toMatch(/^INIT_START Runtime Version: python:3\.13 \(3\.\d+\.\d+\)$/);
  expect(lines).toEqual(expect.arrayContaining(['loaded', 'two', 'lines', 'to stderr']));
  expect(lines).toContainEqual(
    expect.stringMatching(
      new RegExp(`^\\[INFO\\]\t\\d{4}-\\d\\d-\\d\\dT[\\d:]{8}\\.\\d{3}Z\t${id}\tof\ntwo lines$`),
    ),
  );
  expect(lines.at(-1)).toMatch(/^REPORT .*Max Memory Used: [1-9]\d* MB/);
  expect(lines.join()).not.toContain('not logged');
  expect(lines.indexOf('lines')).toBeLessThan(lines.findIndex((line) => line.startsWith('END ')));
});

ifPython(
  'The error of a function in Python has type, message and stack, in the answer and in the log.',
  async () => {
    await deploy(
      'raises',
      `def inner():
  raise KeyError('missing')
def handler(event, context):
  inner()`,
    );
    const { json, headers } = await lambda.invoke('raises');
    expect(headers['x-amz-function-error']).toBe('Unhandled');
    expect(json).toEqual({
      errorMessage: "'missing'",
      errorType: 'KeyError',
      requestId: headers['x-amzn-requestid'],
      stackTrace: [
        expect.stringMatching(/^ {2}File ".*\/app\.py", line 4, in handler\n {4}inner\(\)\n/),
        expect.stringMatching(
          /^ {2}File ".*\/app\.py", line 2, in inner\n {4}raise KeyError\('missing'\)\n$/,
        ),
      ],
    });
    expect(logOf('raises')).toContainEqual(
      expect.stringMatching(
        /^\[ERROR\] KeyError: 'missing'\nTraceback \(most recent call last\):\n {2}File ".*app\.py", line 4, in handler\n/,
      ),
    );
  },
);

/** Each defect of a function: its files, its handler, and the error. */
ifPython.each([
  [
    'imports a missing module',
    { 'app.py': 'import missing' },
    'app.handler',
    'Runtime.ImportModuleError',
    "Unable to import module 'app': No module named 'missing'",
  ],
  [
    'has no such file',
    { 'other.py': ' ' },
    'app.handler',
    'Runtime.ImportModuleError',
    "Unable to import module 'app': No module named 'app'",
  ],
  [
    'has a syntax error',
    { 'app.py': 'def' },
    'app.handler',
    'Runtime.UserCodeSyntaxError',
    "Syntax error in module 'app': ",
  ],
  [
    'has no such handler',
    { 'app.py': ' ' },
    'app.handler',
    'Runtime.HandlerNotFound',
    "Handler 'handler' missing on module 'app'",
  ],
  [
    'has a handler without a dot',
    { 'app.py': ' ' },
    'app',
    'Runtime.MalformedHandlerName',
    "Bad handler 'app': not enough values to unpack (expected 2, got 1)",
  ],
  [
    'raises when it is loaded',
    { 'app.py': 'raise ValueError("at load")' },
    'app.handler',
    'ValueError',
    'at load',
  ],
  [
    'returns what JSON has not',
    { 'app.py': 'def handler(event, context): return {1, 2}' },
    'app.handler',
    'Runtime.MarshalError',
    'Unable to marshal response: Object of type set is not JSON serializable',
  ],
  [
    'exits',
    { 'app.py': 'import sys\ndef handler(event, context): sys.exit(3)' },
    'app.handler',
    'Runtime.ExitError',
    'Runtime exited with error: exit status 3',
  ],
])(
  'The error of a function in Python that %s is AWS’s.',
  async (defect, files, Handler, errorType, message) => {
    const name = defect.replaceAll(' ', '-');
    await deploy(name, files, { Handler });
    const { json } = await lambda.invoke(name);
    expect(json).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) });
  },
);

ifPython('A handler in a folder is found, with the modules beside the root.', async () => {
  await deploy(
    'nested',
    {
      'src/app.py': 'import helper\ndef handler(event, context): return helper.value',
      'helper.py': 'value = 7',
    },
    { Handler: 'src/app.handler' },
  );
  expect((await lambda.invoke('nested')).json).toBe(7);
});

ifPython('Source text in a template is the file index.py.', async () => {
  const Code = { ZipFile: 'def handler(event, context):\n  return "from a template"' };
  await lambda.create('Function', {
    FunctionName: 'inline',
    Runtime: 'python3.12',
    Handler: 'index.handler',
    Role: 'arn:aws:iam::111111111111:role/function',
    Code,
  });
  expect((await lambda.invoke('inline')).json).toBe('from a template');
});

ifPython('A process of Python is used again, and does not run in between.', async () => {
  await deploy(
    'frozen',
    `import os, threading, time
ticks = 0
def tick():
  global ticks
  while True:
    time.sleep(0.005)
    ticks += 1
threading.Thread(target=tick, daemon=True).start()
def handler(event, context):
  return {'pid': os.getpid(), 'ticks': ticks, 'trace': os.environ['_X_AMZN_TRACE_ID']}`,
  );
  const { json: first } = await lambda.invoke('frozen');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const { json: second } = await lambda.invoke('frozen');
  expect(second.pid).toBe(first.pid);
  // It would have counted to about 200 while it was not invoked.
  expect(second.ticks - first.ticks).toBeLessThan(100);
  expect(second.trace).not.toBe(first.trace);
});

ifPython(
  'A function in Python that takes too long ends, and the next invocation starts another process.',
  async () => {
    await deploy(
      'slow',
      `import os, time
def handler(event, context):
  if event.get('sleep'): time.sleep(60)
  return os.getpid()`,
      { Timeout: 1 },
    );
    const { json: pid } = await lambda.invoke('slow');
    expect((await lambda.invoke('slow', { sleep: true })).json).toMatchObject({
      errorType: 'Sandbox.Timedout',
    });
    expect(isAlive(pid)).toBe(false);
    expect((await lambda.invoke('slow')).json).not.toBe(pid);
  },
);

ifPython('A function in Python has the variables of AWS and its own, and none of the server.', async () => {
  await deploy('variables', 'import os\ndef handler(event, context): return dict(os.environ)', {
    Environment: { Variables: { MINE: 'yes' } },
  });
  const { json } = await lambda.invoke('variables');
  expect(json).toMatchObject({
    MINE: 'yes',
    AWS_EXECUTION_ENV: 'AWS_Lambda_python3.13',
    _HANDLER: 'app.handler',
    AWS_REGION: 'eu-central-1',
    AWS_SESSION_TOKEN: 'token',
  });
  expect(Object.keys(json)).not.toEqual(expect.arrayContaining(['NODE_OPTIONS']));
  expect(json.HOME).not.toBe(process.env.HOME);
});

ifPython(
  'A function with a larger response than 6 MB fails as on AWS, and one below it does not.',
  async () => {
    await deploy('large', 'def handler(event, context): return "x" * event["size"]', { MemorySize: 1024 });
    expect((await lambda.invoke('large', { size: 6_000_000 })).json).toHaveLength(6_000_000);
    expect((await lambda.invoke('large', { size: 6_300_000 })).json).toMatchObject({
      errorType: 'Function.ResponseSizeTooLarge',
    });
  },
);

/** Ways to leave the machine, as statements about `host`. A socket's own methods look a name up first, so they get an address. */
const WAYS = {
  'a connection': 'socket.create_connection((host, 443), timeout=5)',
  'a connection of a socket': 's = socket.socket(); s.connect((host, 443))',
  'a datagram': "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'x', (host, 443))",
  'a lookup': 'socket.getaddrinfo(host, 443)',
  'a lookup of bytes': 'socket.getaddrinfo(host.encode(), 443)',
  'a lookup by its old name': 'socket.gethostbyname(host)',
  'urllib past the proxy':
    "import urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://' + host, timeout=5)",
};

ifPython.each(Object.entries(WAYS))(
  'A function in Python does not reach another host by %s.',
  async (way, statement) => {
    const name = way.replaceAll(' ', '-');
    await deploy(
      name,
      `import socket
def handler(event, context):
  host = event['host']
  try:
    ${statement.replaceAll('; ', '\n    ')}
  except OSError as error:
    return str(error)
  return 'reached'`,
    );
    const names = /socket|datagram/.test(way) ? [] : ['sts.amazonaws.com'];
    const hosts = /lookup/.test(way) ? names : [...names, '192.0.2.1'];
    for (const host of hosts) {
      expect((await lambda.invoke(name, { host })).json).toContain(
        `local AWS refused a connection to "${host}".`,
      );
    }
  },
);

ifPython(
  'A function in Python reaches a server of this machine, and AWS hosts through the proxy.',
  async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end('answered');
    }).on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url}`);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connected = lambdaFixture({
      processEnvironment: { LOCAL_AWS_PYTHON: python },
      environment: (configured, key) =>
        applyEnvironment(configured, pointFunctionToLocalAws(url, '/ca.pem', key)),
    });
    try {
      const source = `import os, socket, urllib.request
def handler(event, context):
  with urllib.request.urlopen('${url}/own') as answer: text = answer.read().decode()
  socket.create_connection(('localhost', ${new URL(url).port})).close()
  try: urllib.request.urlopen('https://sts.amazonaws.com/')
  except OSError: pass
  return [text, *(os.environ[name] for name in ('SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'AWS_CA_BUNDLE'))]`;
      await deploy('connects', source, { Timeout: 10 }, connected);
      const { json } = await connected.invoke('connects');
      expect(json).toEqual(['answered', '/ca.pem', '/ca.pem', '/ca.pem']);
      expect(asked).toEqual(['GET /own', 'CONNECT sts.amazonaws.com:443']);
    } finally {
      await connected.service.close();
      server.close();
    }
  },
);
