import { createHash, createHmac } from 'node:crypto';
import { APIGatewayClient, GetResourcesCommand, GetRestApiCommand } from '@aws-sdk/client-api-gateway';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetUserCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { GetFunctionCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { AwsV4Signer } from 'aws4fetch';
import fc from 'fast-check';
import { A, type Running, startRunning } from './running.testing.ts';
import { type Keys, sign } from './sign.testing.ts';
import { apiResources } from './template.testing.ts';
import type { WireRequest } from './wire.testing.ts';

let running: Running;
let host: string;
let keys: readonly [user: Keys, session: Keys];
beforeAll(async () => {
  running = await startRunning();
  const { Api = '' } = await running.deploy(A, 'clients', {
    Resources: apiResources('Api', [
      { route: 'ANY /files/{proxy+}' },
      { route: 'GET /items/{id}' },
      { route: 'GET /items/{id}/parts/{part}' },
    ]),
    Outputs: { Api: { Value: { Ref: 'Api' } } },
  });
  host = `${Api}.execute-api.us-east-1.amazonaws.com`;
  keys = [running.administrator(A), running.administratorSession(A)];
}, 30_000);
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

interface Sample {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly body: string;
  readonly temporary: boolean;
  readonly presigned: boolean;
}

/** Encodes text for a URL, as all these clients do. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Text with characters that clients encode differently. */
const odd = fc.string({
  unit: fc.constantFrom(...'abzAZ09-._~!*\'()/:;@&=+$,?#%[]{}|\\^`"<> ', 'ü', '中', '😀', '%2F', '%20', '%'),
  minLength: 1,
  maxLength: 8,
});
/** Path segments without `.` and `..`, which some clients resolve. */
const segments = fc
  .array(fc.oneof(odd.map(encode), fc.constantFrom('a:b@c', '$a,b;c', "!*'()", 'a=b&c')), {
    minLength: 1,
    maxLength: 4,
  })
  .filter((parts) => parts.every((part) => part !== '.' && part !== '..'));
const samples: fc.Arbitrary<Sample> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
    path: fc.oneof(
      segments.map((parts) => `/dev/files/${parts.join('/')}`),
      segments.map(([first = 'x']) => `/dev/items/${first}`),
    ),
    query: fc.array(fc.tuple(odd, fc.oneof(odd, fc.constant(''))), { maxLength: 4 }),
    body: fc.oneof(fc.constant(''), odd),
    temporary: fc.boolean(),
    presigned: fc.boolean(),
  })
  .map((sample) => (sample.path.startsWith('/dev/items') ? { ...sample, method: 'GET' } : sample));

const bodyOf = ({ method, body }: Sample) => (method === 'GET' ? '' : body);
const keysOf = ({ temporary }: Sample) => keys[temporary ? 1 : 0];
const custom = '  a   b ';

type Client = (sample: Sample) => Promise<WireRequest>;

const viaAws4: Client = async (sample) => {
  const query = sample.query.map(([key, value]) => `${encode(key)}=${encode(value)}`).join('&');
  return sign(
    {
      host,
      method: sample.method,
      service: 'execute-api',
      date: running.now(),
      path: `${sample.path}${query === '' ? '' : `?${query}`}`,
      form: sample.presigned ? 'query' : 'header',
      headers: { 'Content-Type': 'application/json', 'X-Custom': custom },
      body: bodyOf(sample),
    },
    keysOf(sample),
  );
};

const viaAws4fetch: Client = async (sample) => {
  const url = new URL(`https://${host}${sample.path}`);
  for (const [key, value] of sample.query) url.searchParams.append(key, value);
  const signer = new AwsV4Signer({
    ...keysOf(sample),
    method: sample.method,
    url: url.href,
    body: bodyOf(sample),
    headers: { 'content-type': 'application/json', 'x-custom': custom },
    service: 'execute-api',
    region: 'us-east-1',
    signQuery: sample.presigned,
    allHeaders: true,
  });
  const signed = await signer.sign();
  return {
    method: signed.method,
    path: `${signed.url.pathname}${signed.url.search}`,
    headers: { ...Object.fromEntries(signed.headers), host },
    body: bodyOf(sample),
  };
};

class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}

const viaSmithy: Client = async (sample) => {
  const query: Record<string, string | string[]> = Object.create(null);
  for (const [key, value] of sample.query) {
    const known = query[key];
    query[key] = known === undefined ? value : [known, value].flat();
  }
  const signer = new SignatureV4({
    service: 'execute-api',
    region: 'us-east-1',
    credentials: keysOf(sample),
    sha256: Sha256,
  });
  const unsigned = {
    method: sample.method,
    protocol: 'https:',
    hostname: host,
    path: sample.path,
    query: { ...query },
    headers: { host, 'x-custom': custom },
    body: bodyOf(sample),
  };
  const options = { signingDate: running.now() };
  const signed = sample.presigned
    ? await signer.presign(unsigned, { ...options, expiresIn: 600 })
    : await signer.sign(unsigned, options);
  const text = Object.entries(signed.query ?? {})
    .flatMap(([key, value]) => [value ?? []].flat().map((one) => `${encode(key)}=${encode(one)}`))
    .join('&');
  return {
    method: sample.method,
    path: `${signed.path}${text === '' ? '' : `?${text}`}`,
    headers: { ...signed.headers },
    body: bodyOf(sample),
  };
};

describe.each([
  ['aws4', viaAws4],
  ['aws4fetch', viaAws4fetch],
  ['@smithy/signature-v4', viaSmithy],
] as const)('%s', (_name, client) => {
  test('signs every path so that the API accepts it, and the decision names the path as it was sent', async () => {
    await fc.assert(
      fc.asyncProperty(samples, async (sample) => {
        const request = await client(sample);
        const { answer, event } = await running.send(request);
        expect([answer.status, answer.body]).toEqual([200, '{"mock":true}']);
        const [path = ''] = request.path.split('?');
        const [, apiId = ''] = /^(\w+)\./.exec(host) ?? [];
        expect(event.decisions[0]?.resource).toBe(
          `arn:aws:execute-api:us-east-1:${A}:${apiId}${path.replace(/^\/dev/, `/dev/${sample.method}`)}`,
        );
      }),
      // src/authentication/clients.test.ts tries hundreds, without a server.
      { numRuns: 50 },
    );
  });

  test.each([
    ['a slash at the end', '/dev/files/a/', 200],
    ['two slashes', '/dev/files/a//b', 200],
    ['an encoded slash', '/dev/items/a%2Fb', 200],
    ['an encoded percent sign', '/dev/items/a%2525b', 200],
    ['an encoded space', '/dev/items/a%20b/parts/%20', 200],
    ['a plus', '/dev/items/a+b', 200],
    ['a semicolon and a comma', '/dev/files/a;b,c', 200],
    ['an encoded unreserved character', '/dev/items/%7E', 200],
    ['characters beyond ASCII', '/dev/items/%C3%BC%F0%9F%98%80', 200],
    ['a path that is not deployed', '/dev/items/a/b', 403],
  ])('signs a path with %s, such as %s', async (_what, path, status) => {
    for (const presigned of [false, true]) {
      const sample = {
        method: 'GET',
        path,
        query: [['a', 'b']] as const,
        body: '',
        temporary: true,
        presigned,
      };
      const { answer } = await running.send(await client(sample));
      expect(answer.status).toBe(status);
    }
  });
});

describe('AWS SDK v3', () => {
  const names = ['a b', 'ü/中', "x+y&z=1'(2)*!", 'a%20b', '~-._'];

  test('signs the keys and prefixes of S3', async () => {
    const client = new S3Client({ ...running.sdk(A), forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'clients' }));
    for (const Key of [...names, 'a//b', 'a/./b', 'ends/']) {
      await client.send(new PutObjectCommand({ Bucket: 'clients', Key, Body: Key }));
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'clients', Key }));
      expect(await Body?.transformToString()).toBe(Key);
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: 'clients', Prefix: Key }));
      expect(Contents?.map((object) => object.Key)).toContain(Key);
    }
    client.destroy();
  });

  test('signs names in the paths of Lambda', async () => {
    const client = new LambdaClient(running.sdk(A));
    const { Functions } = await client.send(new ListFunctionsCommand({ MaxItems: 1 }));
    expect(Functions).toEqual([]);
    for (const FunctionName of ['none', `arn:aws:lambda:us-east-1:${A}:function:none`, 'none:$LATEST']) {
      await expect(client.send(new GetFunctionCommand({ FunctionName }))).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
      });
    }
    client.destroy();
  });

  test('signs identifiers in the paths of API Gateway', async () => {
    const client = new APIGatewayClient(running.sdk(A));
    for (const restApiId of names.map((name) => name.replaceAll('/', ''))) {
      await expect(client.send(new GetRestApiCommand({ restApiId }))).rejects.toMatchObject({
        name: 'NotFoundException',
      });
    }
    const { items } = await client.send(
      new GetResourcesCommand({ restApiId: host.split('.')[0], embed: ['methods'] }),
    );
    expect(items?.map(({ path }) => path)).toContain('/items/{id}');
    client.destroy();
  });

  test('signs the bodies of IAM, STS and CloudWatch Logs', async () => {
    const iam = new IAMClient(running.sdk(A));
    expect((await iam.send(new ListUsersCommand({ PathPrefix: '/ü b/' }))).Users).toEqual([]);
    await expect(iam.send(new GetUserCommand({ UserName: 'a+b=c' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
    const sts = new STSClient(running.sdk(A));
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe(A);
    await expect(
      sts.send(
        new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${A}:role/a+b`, RoleSessionName: 'a=b,c.d@e-f' }),
      ),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
    const logs = new CloudWatchLogsClient(running.sdk(A));
    await logs.send(new CreateLogGroupCommand({ logGroupName: '/a/b_c.d#e', tags: { ü: '中 😀' } }));
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/a/' }));
    expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(['/a/b_c.d#e']);
    for (const client of [iam, sts, logs]) client.destroy();
  });
});
