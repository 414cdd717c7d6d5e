import { Agent } from 'node:http';
import { mutate, randomFrom } from './random.testing.ts';
import { exchangeBytes, type RawResponse, readResponses, requestBytes } from './raw-http.testing.ts';
import { A, type Running, startRunning } from './running.testing.ts';
import { type Keys, sign, type ToSign } from './sign.testing.ts';
import { signedView } from './signed-view.testing.ts';
import { apiResources } from './template.testing.ts';
import { sendOverWire } from './wire.testing.ts';

/** The number of random changes. Default: 1,500. Each takes about a millisecond. */
const count = Number(process.env.MUTATIONS ?? 1_500);
const seed = Number(process.env.SEED ?? 1);
const AT_ONCE = 64;

let running: Running;
let samples: readonly (readonly [name: string, bytes: Buffer])[];
beforeAll(async () => {
  running = await startRunning();
  const template = {
    Resources: apiResources('Api', [
      { route: 'GET /items/{id}' },
      { route: 'POST /items' },
      { route: 'ANY /files/{proxy+}' },
    ]),
    Outputs: { Api: { Value: { Ref: 'Api' } } },
  };
  const { Api = '' } = await running.deploy(A, 'bad-input', template);
  samples = signedSamples(Api);
});
afterAll(() => running.close());

/** Valid requests of every protocol, in both forms of a signature. */
function signedSamples(apiId: string): [string, Buffer][] {
  const user = running.administrator(A);
  const session = running.administratorSession(A);
  const api = { host: `${apiId}.execute-api.us-east-1.amazonaws.com`, service: 'execute-api' };
  const host = (service: string) => ({ host: `${service}.us-east-1.amazonaws.com`, service });
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const json = { 'Content-Type': 'application/json', 'X-Note': 'a  b' };
  const requests: [string, Omit<ToSign, 'date'>, Keys][] = [
    ['GET of an API', { ...api, path: '/dev/items/1?color=red&size=a%20b' }, user],
    [
      'presigned GET of an API',
      { ...api, path: '/dev/items/1?color=red&size', form: 'query', expiresSeconds: 900 },
      session,
    ],
    [
      'POST to an API',
      { ...api, method: 'POST', path: '/dev/items', headers: json, body: '{"statusCode":200}' },
      session,
    ],
    ['a greedy path', { ...api, method: 'DELETE', path: '/dev/files/a/b%2Fc/d', headers: json }, user],
    [
      'STS',
      {
        ...host('sts'),
        method: 'POST',
        path: '/',
        headers: form,
        body: 'Action=GetCallerIdentity&Version=2011-06-15',
      },
      session,
    ],
    [
      'presigned STS',
      { ...host('sts'), path: '/?Action=GetCallerIdentity&Version=2011-06-15', form: 'query' },
      user,
    ],
    [
      'IAM',
      {
        ...host('iam'),
        host: 'iam.amazonaws.com',
        method: 'POST',
        path: '/',
        headers: form,
        body: 'Action=ListUsers&Version=2010-05-08&MaxItems=5',
      },
      user,
    ],
    ['Lambda', { ...host('lambda'), path: '/2015-03-31/functions/?MaxItems=5' }, user],
    [
      'CloudWatch Logs',
      {
        ...host('logs'),
        method: 'POST',
        path: '/',
        headers: {
          'Content-Type': 'application/x-amz-json-1.1',
          'X-Amz-Target': 'Logs_20140328.DescribeLogGroups',
        },
        body: '{"limit":5}',
      },
      user,
    ],
    ['S3', { ...host('s3'), path: '/?bucket-region=us-east-1&prefix=a%2Fb' }, session],
    ['API Gateway', { ...host('apigateway'), path: '/restapis?limit=5' }, user],
  ];
  return requests.map(([name, toSign, keys]) => {
    const { headers, ...rest } = sign({ date: running.now(), ...toSign }, keys);
    return [
      name,
      requestBytes({ ...rest, headers: { ...headers, 'User-Agent': 'mutant/1', Connection: 'close' } }),
    ];
  });
}

test('the unchanged requests succeed', async () => {
  for (const [name, bytes] of samples) {
    const [response] = readResponses(await exchangeBytes(running.port, bytes));
    expect([name, response?.status]).toEqual([name, 200]);
  }
});

test(`requests with ${count} random changes get an error of AWS, or are still what was signed`, async () => {
  const random = randomFrom(seed);
  const answers = new Map<string, number>();
  const problems: string[] = [];
  let left = count;
  const worker = async () => {
    while (left > 0 && problems.length < 5) {
      left -= 1;
      const [name, original] = samples[random.below(samples.length)]!;
      const mutant = mutate(original, random);
      const problem = await judge(original, mutant, answers).catch((error: unknown) => String(error));
      if (problem !== undefined) {
        problems.push(`${name}: ${problem}\n${JSON.stringify(mutant.toString('latin1'))}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  expect(problems).toEqual([]);
  // The server still works.
  const [response] = readResponses(await exchangeBytes(running.port, samples[0]![1]));
  expect(response?.status).toBe(200);
  if (process.env.MUTATIONS !== undefined) process.stdout.write(`${JSON.stringify([...answers])}\n`);
});

/** Returns the problem with the answer to a changed request, or `undefined` if there is none. */
async function judge(
  original: Buffer,
  mutant: Buffer,
  answers: Map<string, number>,
): Promise<string | undefined> {
  const answer = await exchangeBytes(running.port, mutant);
  const responses = readResponses(answer, mutant.toString('latin1').startsWith('HEAD '));
  const kind = kindOf(responses[0]);
  answers.set(kind, (answers.get(kind) ?? 0) + 1);
  if (responses.length === 0) return isWhole(mutant) ? 'no answer' : undefined;
  for (const response of responses) {
    if (response.status < 300) {
      if (mutant.equals(original) || signedView(mutant) === signedView(original)) continue;
      return `allowed, and not what was signed: ${signedView(mutant)}`;
    }
    const problem = problemOf(response);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Status and error code: `403 AccessDenied`. `none` if there was no answer. */
function kindOf(response: RawResponse | undefined): string {
  if (response === undefined) return 'none';
  const { status, headers, body } = response;
  const type =
    headers.get('x-amzn-errortype') ?? /<Code>(\w+)|"__type":"(\w+)/.exec(body)?.slice(1).find(Boolean);
  return `${status} ${status < 300 ? '' : type}`.trim();
}

/** Whether the bytes have at least one whole request, which needs an answer. */
function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n');
  return end >= 0 && !/content-length|transfer-encoding/i.test(bytes.subarray(0, end).toString('latin1'));
}

/** The reason why an error cannot come from AWS. */
function problemOf({ status, headers, body }: RawResponse): string | undefined {
  if (status >= 500 && status !== 501) return `status ${status}: ${body}`;
  const requestId = headers.get('x-amzn-requestid') ?? headers.get('x-amz-request-id');
  if (!/^[0-9a-zA-Z-]{16,}$/.test(requestId ?? '')) return `no request ID: ${status} ${body}`;
  if (body === '') return undefined;
  if (/xml/.test(headers.get('content-type') ?? '')) {
    return /<Code>\w+(\.\w+)*<\/Code>\s*<Message>[^<]*<\/Message>/.test(body)
      ? undefined
      : `no error document: ${body}`;
  }
  try {
    const document = JSON.parse(body) as Record<string, unknown>;
    const message = document.message ?? document.Message;
    const type = headers.get('x-amzn-errortype') ?? document.__type;
    return typeof message === 'string' && typeof type === 'string' ? undefined : `no error: ${body}`;
  } catch {
    return `no JSON: ${body}`;
  }
}

/** Replaces text in the bytes. Throws if the text is missing. */
const edit = (from: RegExp, to: string | ((...match: string[]) => string)) => (bytes: Buffer) => {
  const text = bytes.toString('latin1');
  if (!from.test(text)) throw new Error(`${from} is not in ${text}`);
  return Buffer.from(text.replace(from, to as string), 'latin1');
};

test.each([
  ['header names in another case', edit(/\r\n(Host|User-Agent):/g, (line) => line.toUpperCase())],
  ['another unsigned header', edit(/mutant\/1/, 'someone/2')],
  ['an additional unsigned header', edit(/\r\n\r\n/, '\r\nX-Unsigned: 1\r\n\r\n')],
  ['white space around a signed header', edit(/Host: (\S+)/, 'Host: \t $1 \t')],
  ['the parameters in another order', edit(/color=red&size=a%20b/, 'size=a%20b&color=red')],
  ['no space after the commas of Authorization', edit(/, (SignedHeaders|Signature)/g, ',$1')],
  ['a + for %20 in the query', edit(/a%20b/, 'a+b')],
  ['an encoding of the query in lower case', edit(/color=red/, 'c%6flor=red')],
])('a request with %s is still what was signed', async (_change, change) => {
  const [response] = readResponses(await exchangeBytes(running.port, change(samples[0]![1])));
  expect(response?.status).toBe(200);
});

test.each([
  ['another encoding of the path', edit(/items\/1/, 'items/%31')],
  ['a slash at the end of the path', edit(/items\/1/, 'items/1/')],
  ['a detour over another route', edit(/\/dev\/items\/1/, '/dev/files/../items/1')],
  ['dot segments', edit(/\/dev\/items\/1/, '/dev/./items/1')],
  ['an encoded + in place of a space', edit(/a%20b/, 'a%2Bb')],
  ['another method', edit(/^GET/, 'HEAD')],
  ['the host in another case', edit(/Host: (\S+)/, (_, host = '') => `Host: ${host.toUpperCase()}`)],
])('a request with %s is not what was signed', async (_change, change) => {
  const bytes = change(samples[0]![1]);
  const [response] = readResponses(
    await exchangeBytes(running.port, bytes),
    bytes.toString('latin1').startsWith('HEAD'),
  );
  expect(response?.status).toBe(403);
});

test('a truncated request is never carried out', async () => {
  for (const [name, bytes] of [samples[2]!, samples[4]!]) {
    await Promise.all(
      Array.from({ length: bytes.length }, async (_, length) => {
        const responses = readResponses(await exchangeBytes(running.port, bytes.subarray(0, length)));
        for (const response of responses) {
          expect([name, length, response.status]).toEqual([name, length, 400]);
          expect(problemOf(response)).toBeUndefined();
        }
      }),
    );
  }
});

test.each([1, 3, 50])('a request in pieces of %i bytes succeeds', async (size) => {
  const [, bytes] = samples[2]!;
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  const [response] = readResponses(await exchangeBytes(running.port, pieces));
  expect(response?.status).toBe(200);
});

test('several requests in one piece are answered in order', async () => {
  const open = edit(/Connection: close/, 'Connection: keep-alive');
  const bytes = Buffer.concat([
    open(samples[2]![1]),
    open(samples[4]![1]),
    edit(/color=red/, 'color=blue')(open(samples[0]![1])),
    samples[9]![1],
  ]);
  const responses = readResponses(await exchangeBytes(running.port, bytes));
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 403, 200]);
  expect(responses.map(({ headers }) => headers.get('content-type'))).toEqual([
    'application/json',
    'text/xml',
    'application/json',
    'application/xml',
  ]);
});

test.each([
  ['headers of 40 KB', edit(/mutant\/1/, 'x'.repeat(40_000)), [431]],
  ['a path of 20 KB', edit(/items\/1/, `items/${'x'.repeat(20_000)}`), [403]],
  ['5,000 parameters', edit(/color=red/, 'c&'.repeat(5_000)), [403]],
  ['1,000 headers', edit(/\r\n\r\n/, `${'\r\nA: b'.repeat(1_000)}\r\n\r\n`), [200]],
  ['1,000 path segments', edit(/items\/1/, `files${'/a'.repeat(1_000)}`), [403]],
  ['an announced body of 100 MB', edit(/\r\n\r\n/, '\r\nContent-Length: 100000000\r\n\r\n'), [413]],
  ['a negative length', edit(/\r\n\r\n/, '\r\nContent-Length: -1\r\n\r\n'), [400]],
  ['30 signatures', edit(/Authorization: (.*)/, (line) => `${line}\r\n`.repeat(30).trimEnd()), [200, 403]],
  [
    'headers of more than 10 KB',
    edit(/Authorization: (.*)/, (line) => `${line}\r\n`.repeat(100).trimEnd()),
    [431],
  ],
  ['SignedHeaders of 9 KB', edit(/SignedHeaders=/, `SignedHeaders=${'a;'.repeat(4_500)}`), [403]],
  ['a credential of 9 KB', edit(/Credential=/, `Credential=${'/'.repeat(9_000)}`), [403]],
  [
    'an Authorization header of commas',
    edit(/Authorization: .*/, `Authorization: ${','.repeat(9_000)}`),
    [403],
  ],
  ['a date of 9 KB', edit(/X-Amz-Date: .*/, `X-Amz-Date: ${'2'.repeat(9_000)}`), [403]],
])('a request with %s is answered at once', async (_what, change, statuses) => {
  const [response] = readResponses(await exchangeBytes(running.port, change(samples[0]![1])));
  expect(statuses).toContain(response?.status);
  if (response !== undefined && response.status >= 400) expect(problemOf(response)).toBeUndefined();
});

test('a large upload must name an existing access key, in the header or in the URL', async () => {
  const { accessKeyId, secretAccessKey } = running.administrator(A);
  const agent = new Agent();
  const upload = async (keys: Keys | undefined, form: 'header' | 'query') => {
    const host = 's3.us-east-1.amazonaws.com';
    const unsigned = { host, path: '/none/key', method: 'PUT', service: 's3', date: running.now(), form };
    const signed = sign(
      { ...unsigned, expiresSeconds: 60 },
      keys ?? { accessKeyId: '', secretAccessKey: '' },
    );
    const { authorization: _, Authorization: __, ...headers } = signed.headers;
    const request = keys === undefined ? { ...signed, path: '/none/key', headers } : signed;
    const answer = await sendOverWire(running.port, { ...request, body: 'x'.repeat(12_000_000) }, agent);
    return `${answer.status} ${/NoSuchBucket|RequestTooLarge|XAmzContentSHA256Mismatch/.exec(answer.body)?.[0]}`;
  };
  for (const form of ['header', 'query'] as const) {
    expect(await upload(undefined, form)).toBe('413 RequestTooLarge');
    expect(await upload({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey }, form)).toBe(
      '413 RequestTooLarge',
    );
  }
  // The signature is for an empty body, so this refusal proves that the whole body was read.
  expect(await upload({ accessKeyId, secretAccessKey }, 'header')).toBe('400 XAmzContentSHA256Mismatch');
  expect(await upload({ accessKeyId, secretAccessKey }, 'query')).toBe('404 NoSuchBucket');
  agent.destroy();
});
