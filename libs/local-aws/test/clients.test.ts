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
import fc from 'fast-check';
import { A, type Running, startRunning } from './running.testing.ts';
import type { Keys } from './sign.testing.ts';
import { encode, signers } from './signers.testing.ts';
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
});
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

/** Signs a sample for the API of these tests. */
async function signedBy(
  [, sign]: (typeof signers)[number],
  { temporary, ...sample }: Sample,
): Promise<WireRequest> {
  const service = { service: 'execute-api', region: 'us-east-1', date: running.now() };
  const signed = await sign({ ...sample, ...service, host, keys: keys[temporary ? 1 : 0] });
  const { method, path, query, headers, body } = signed;
  return { method, path: query === '' ? path : `${path}?${query}`, headers: { ...headers, host }, body };
}

describe.each(signers)('%s', (...signer) => {
  test('signs every path so that the API accepts it, and the decision names the path as it was sent', async () => {
    await fc.assert(
      fc.asyncProperty(samples, async (sample) => {
        const request = await signedBy(signer, sample);
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
      const { answer } = await running.send(await signedBy(signer, sample));
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
