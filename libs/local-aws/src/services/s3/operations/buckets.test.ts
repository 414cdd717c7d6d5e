import { globalAgent } from 'node:http';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  type PublicAccessBlockConfiguration,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { A, B, type Running, startRunning } from '../../../../test/running.testing.ts';
import { sign } from '../../../../test/sign.testing.ts';
import { sendOverWire } from '../../../../test/wire.testing.ts';

let running: Running;
let s3: S3Client;
let other: S3Client;
const clients: S3Client[] = [];

function client(accountId: string, region = 'us-east-1'): S3Client {
  const made = new S3Client({ ...running.sdk(accountId), region, forcePathStyle: true, maxAttempts: 1 });
  clients.push(made);
  return made;
}
beforeAll(async () => {
  running = await startRunning();
  s3 = client(A);
  other = client(B);
});
afterAll(async () => {
  for (const one of clients) one.destroy();
  await running.close();
  expect(running.defects).toEqual([]);
});

const failure = (code: string, status: number) => ({ name: code, $metadata: { httpStatusCode: status } });
const create = (Bucket: string, from = s3, more: object = {}) =>
  from.send(new CreateBucketCommand({ Bucket, ...more }));
const policyOf = (...statements: object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const setPolicy = (Bucket: string, ...statements: object[]) =>
  s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policyOf(...statements) }));

test('the name of a bucket belongs to one account', async () => {
  expect(await create('taken')).toMatchObject({ Location: '/taken' });
  await create('taken');
  await expect(create('taken', other)).rejects.toMatchObject(failure('BucketAlreadyExists', 409));
  await expect(create('No_Bucket')).rejects.toMatchObject(failure('InvalidBucketName', 400));
});

test('objects have the default encryption of S3, even if the bucket asks for another one', async () => {
  await create('encrypted');
  const { ServerSideEncryptionConfiguration } = await s3.send(
    new GetBucketEncryptionCommand({ Bucket: 'encrypted' }),
  );
  expect(ServerSideEncryptionConfiguration?.Rules).toEqual([
    { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false },
  ]);
});

test('an account sees its own buckets', async () => {
  await create('own-2', other);
  await create('own-1', other);
  const { Buckets } = await other.send(new ListBucketsCommand({ Prefix: 'own' }));
  expect(Buckets).toMatchObject([
    { Name: 'own-1', BucketRegion: 'us-east-1' },
    { Name: 'own-2', BucketRegion: 'us-east-1' },
  ]);
  const elsewhere = new ListBucketsCommand({ Prefix: 'own', BucketRegion: 'eu-central-1' });
  expect((await other.send(elsewhere)).Buckets ?? []).toEqual([]);
});

test('the answer to a request in a wrong region names the bucket’s region', async () => {
  const frankfurt = client(A, 'eu-central-1');
  const there = { CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } };
  await create('frankfurt', frankfurt, there);
  await expect(create('frankfurt', frankfurt, there)).rejects.toMatchObject(
    failure('BucketAlreadyOwnedByYou', 409),
  );
  const location = new GetBucketLocationCommand({ Bucket: 'frankfurt' });
  expect(await s3.send(location)).toMatchObject({ LocationConstraint: 'eu-central-1' });
  const elsewhere = s3.send(new ListObjectsV2Command({ Bucket: 'frankfurt' }));
  await expect(elsewhere).rejects.toMatchObject({
    ...failure('PermanentRedirect', 301),
    Endpoint: 'frankfurt.s3.eu-central-1.amazonaws.com',
  });
  const head = s3.send(new HeadBucketCommand({ Bucket: 'frankfurt' }));
  await expect(head).rejects.toMatchObject({ $metadata: { httpStatusCode: 301 } });
  const { $response } = await head.catch((error) => error);
  expect($response.headers['x-amz-bucket-region']).toBe('eu-central-1');
  const following = new S3Client({ ...running.sdk(A), forcePathStyle: true, followRegionRedirects: true });
  clients.push(following);
  expect(await following.send(new ListObjectsV2Command({ Bucket: 'frankfurt' }))).toMatchObject({
    KeyCount: 0,
  });
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
test('us-east-1 makes buckets in other regions, and has no constraint for itself', async () => {
  const inRegion = (LocationConstraint: string, name: string, from = s3) =>
    create(name, from, { CreateBucketConfiguration: { LocationConstraint: LocationConstraint as never } });
  await inRegion('eu-central-1', 'far');
  await inRegion('EU', 'ireland');
  const regionOf = async (Bucket: string) =>
    (await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint;
  expect([await regionOf('far'), await regionOf('ireland')]).toEqual(['eu-central-1', 'eu-west-1']);
  for (const invalid of ['us-east-1', 'nowhere']) {
    await expect(inRegion(invalid, 'refused')).rejects.toMatchObject({
      ...failure('InvalidLocationConstraint', 400),
      message: 'The specified location-constraint is not valid',
    });
  }
  await expect(inRegion('eu-west-1', 'refused', client(A, 'eu-central-1'))).rejects.toMatchObject(
    failure('IllegalLocationConstraintException', 400),
  );
});

test('a bucket can be deleted only if it is empty', async () => {
  const Bucket = 'short-lived';
  await create(Bucket);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' }));
  await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject(
    failure('BucketNotEmpty', 409),
  );
  await expect(s3.send(new HeadBucketCommand({ Bucket: 'none-such' }))).rejects.toMatchObject(
    failure('NotFound', 404),
  );
});

// LocalStack's tests recorded it on AWS: tests/aws/services/s3, `test_create_bucket_head_bucket`, `test_cors_match_origins` and
// `test_put_and_get_object_with_content_language_disposition` of https://github.com/localstack/localstack
test('documents, errors and the head of a bucket are XML; an object has the type that it was stored with, or none in particular', async () => {
  const Bucket = 'typed';
  const BucketArn = 'arn:aws:s3:::typed';
  expect(await create(Bucket)).toMatchObject({ BucketArn });
  expect(await s3.send(new HeadBucketCommand({ Bucket }))).toMatchObject({
    BucketArn,
    BucketRegion: 'us-east-1',
    AccessPointAlias: false,
  });
  const typeOf = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const toSign = {
      host: 's3.amazonaws.com',
      path,
      method,
      headers,
      service: 's3',
      date: running.now(),
    };
    const answer = await sendOverWire(running.port, sign(toSign, running.administrator(A)), globalAgent);
    return [answer.status, answer.headers['content-type']];
  };
  expect(await typeOf('GET', '/typed?list-type=2')).toEqual([200, 'application/xml']);
  expect(await typeOf('HEAD', '/typed')).toEqual([200, 'application/xml']);
  expect(await typeOf('PUT', '/typed/plain')).toEqual([200, undefined]);
  expect(await typeOf('PUT', '/typed/csv', { 'content-type': 'text/csv' })).toEqual([200, undefined]);
  for (const method of ['GET', 'HEAD']) {
    expect(await typeOf(method, '/typed/plain')).toEqual([200, 'binary/octet-stream']);
    expect(await typeOf(method, '/typed/csv')).toEqual([200, 'text/csv']);
    expect(await typeOf(method, '/typed/absent')).toEqual([404, 'application/xml']);
    expect(await typeOf(method, '/none-such')).toEqual([404, 'application/xml']);
  }
});

test('the error for an unsupported operation names it', async () => {
  const Bucket = 'named';
  await create(Bucket);
  const refusals: [name: string, answer: Promise<unknown>][] = [
    ['GetBucketAcl', s3.send(new GetBucketAclCommand({ Bucket }))],
    ['GetObjectAcl', s3.send(new GetObjectAclCommand({ Bucket, Key: 'x' }))],
    [
      'PutBucketVersioning',
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })),
    ],
  ];
  for (const [name, answer] of refusals) {
    await expect(answer).rejects.toMatchObject({
      ...failure('NotImplemented', 501),
      message: expect.stringContaining(`s3:${name}.`),
    });
  }
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
test('a bucket policy can deny a kind of signature', async () => {
  await create('signed');
  const list = () => s3.send(new ListObjectsV2Command({ Bucket: 'signed' }));
  const denying = (authType: string) =>
    setPolicy('signed', {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:ListBucket',
      Resource: 'arn:aws:s3:::signed',
      Condition: { StringEquals: { 's3:authType': authType } },
    });
  await denying('REST-QUERY-STRING');
  expect(await list()).toMatchObject({ KeyCount: 0 });
  await denying('REST-HEADER');
  await expect(list()).rejects.toMatchObject(failure('AccessDenied', 403));
});

describe('public access', () => {
  const Bucket = 'open';
  const everybody = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:ListBucket',
    Resource: `arn:aws:s3:::${Bucket}`,
  };
  const list = () => other.send(new ListObjectsV2Command({ Bucket }));
  const block = (PublicAccessBlockConfiguration: PublicAccessBlockConfiguration) =>
    s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
  const blocked = async () =>
    (await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration;
  const unblock = () => s3.send(new DeletePublicAccessBlockCommand({ Bucket }));

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
  test('a new bucket refuses a public policy, in the words of AWS, until its settings allow it', async () => {
    await create(Bucket);
    const all = { BlockPublicAcls: true, IgnorePublicAcls: true };
    expect(await blocked()).toEqual({ ...all, BlockPublicPolicy: true, RestrictPublicBuckets: true });
    await expect(setPolicy(Bucket, everybody)).rejects.toMatchObject({
      ...failure('AccessDenied', 403),
      message: `User: arn:aws:iam::${A}:user/administrator is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${Bucket}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    });
    await block({ BlockPublicAcls: true });
    expect(await blocked()).toEqual({
      ...{ BlockPublicAcls: true, IgnorePublicAcls: false },
      ...{ BlockPublicPolicy: false, RestrictPublicBuckets: false },
    });
    await setPolicy(Bucket, everybody);
    expect(await list()).toMatchObject({ KeyCount: 0 });
  });

  test('RestrictPublicBuckets takes the access of a public policy from other accounts, and BlockPublicPolicy does not', async () => {
    await block({ BlockPublicPolicy: true });
    expect(await list()).toMatchObject({ KeyCount: 0 });
    await block({ RestrictPublicBuckets: true });
    await expect(list()).rejects.toMatchObject(failure('AccessDenied', 403));
    expect(await s3.send(new ListObjectsV2Command({ Bucket }))).toMatchObject({ KeyCount: 0 });
    const account = { ...everybody, Principal: { AWS: `arn:aws:iam::${B}:root` } };
    await setPolicy(Bucket, account);
    expect(await list()).toMatchObject({ KeyCount: 0 });
  });

  test('without settings, a public policy is accepted', async () => {
    await unblock();
    await expect(blocked()).rejects.toMatchObject(failure('NoSuchPublicAccessBlockConfiguration', 404));
    await setPolicy(Bucket, everybody);
    expect(await list()).toMatchObject({ KeyCount: 0 });
  });
});

describe('a bucket policy', () => {
  const Bucket = 'guarded';
  const read = (from: S3Client, Key: string) =>
    from.send(new GetObjectCommand({ Bucket, Key })).then(({ Body }) => Body?.transformToString());
  const toOther = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${B}:root` } };
  beforeAll(async () => {
    await create(Bucket);
    for (const Key of ['shared/code.zip', 'private']) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    }
  });

  test('is kept unchanged, and can be replaced and removed', async () => {
    const none = failure('NoSuchBucketPolicy', 404);
    await expect(s3.send(new GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject(none);
    const statement = { ...toOther, Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/shared/*` };
    await setPolicy(Bucket, statement);
    expect((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(policyOf(statement));
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    await expect(s3.send(new GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject(none);
  });

  test('lets another account read only the objects that it names', async () => {
    await expect(read(other, 'shared/code.zip')).rejects.toMatchObject({
      ...failure('AccessDenied', 403),
      message: 'Access Denied',
    });
    await setPolicy(Bucket, {
      ...toOther,
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${Bucket}/shared/*`,
    });
    expect(await read(other, 'shared/code.zip')).toBe('shared/code.zip');
    await expect(read(other, 'private')).rejects.toMatchObject(failure('AccessDenied', 403));
    // Only those who may list the bucket may know whether a key exists.
    await expect(read(other, 'shared/none')).rejects.toMatchObject(failure('AccessDenied', 403));
    await expect(read(s3, 'shared/none')).rejects.toMatchObject(failure('NoSuchKey', 404));
  });

  test('restricts a listing to a prefix', async () => {
    await setPolicy(Bucket, {
      ...toOther,
      Action: 's3:ListBucket',
      Resource: `arn:aws:s3:::${Bucket}`,
      Condition: { StringEquals: { 's3:prefix': 'shared/' } },
    });
    const list = (Prefix: string) => other.send(new ListObjectsV2Command({ Bucket, Prefix }));
    expect((await list('shared/')).Contents).toHaveLength(1);
    await expect(list('')).rejects.toMatchObject(failure('AccessDenied', 403));
  });

  test('denies access to the owner too, with the reason', async () => {
    await setPolicy(Bucket, {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${Bucket}/private`,
    });
    await expect(read(s3, 'private')).rejects.toMatchObject({
      message: `User: arn:aws:iam::${A}:user/administrator is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::${Bucket}/private" with an explicit deny in a resource-based policy`,
    });
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  });

  test.each([
    ['something other than JSON', '{'],
    ['a list', '[]'],
    [
      'no principal',
      policyOf({ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }),
    ],
    ['another bucket', policyOf({ ...toOther, Action: 's3:GetObject', Resource: 'arn:aws:s3:::others/*' })],
  ])('with %s is malformed', async (_what, Policy) => {
    await expect(s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))).rejects.toMatchObject(
      failure('MalformedPolicy', 400),
    );
  });
});

test('a request is refused if the bucket does not have the expected owner', async () => {
  await create('owned');
  const head = (ExpectedBucketOwner: string) =>
    s3.send(new HeadBucketCommand({ Bucket: 'owned', ExpectedBucketOwner }));
  expect((await head(A)).BucketRegion).toBe('us-east-1');
  await expect(head(B)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
});
