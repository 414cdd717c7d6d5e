import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { A, B, type Running, startRunning } from '../../../../test/running.testing.ts';

/*
 * The rules: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */

let running: Running;
let s3: S3Client;
let other: S3Client;
const Bucket = 'source-of-a';
const target = 'target-of-b';

beforeAll(async () => {
  running = await startRunning();
  s3 = new S3Client({ ...running.sdk(A), forcePathStyle: true });
  other = new S3Client({ ...running.sdk(B), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
  await other.send(new CreateBucketCommand({ Bucket: target }));
  await put('a b/ü+%', { ContentType: 'text/plain', Metadata: { team: 'api' }, ChecksumAlgorithm: 'SHA256' });
});
afterAll(async () => {
  s3.destroy();
  other.destroy();
  await running.close();
  expect(running.defects).toEqual([]);
});

const put = (Key: string, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: 'hello', ...more }));
const copy = (more: Partial<CopyObjectCommandInput>, client = s3) =>
  client.send(
    new CopyObjectCommand({
      Bucket,
      Key: 'copy',
      CopySource: `${Bucket}/${encodeURIComponent('a b/ü+%')}`,
      ...more,
    }),
  );
const read = async (Key: string) => {
  const object = await s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  return { ...object, text: await object.Body?.transformToString() };
};
const failure = (code: string, status: number) => ({ name: code, $metadata: { httpStatusCode: status } });

test('a copy has the bytes, the metadata and the checksum of its source', async () => {
  const { CopyObjectResult } = await copy({});
  expect(CopyObjectResult).toEqual({
    ETag: '"5d41402abc4b2a76b9719d911017c592"',
    LastModified: expect.any(Date),
    ChecksumSHA256: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
    ChecksumType: 'FULL_OBJECT',
  });
  expect(await read('copy')).toMatchObject({
    text: 'hello',
    ContentType: 'text/plain',
    Metadata: { team: 'api' },
    ChecksumSHA256: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
  });
});

test('a copy that replaces the metadata has the metadata of the request', async () => {
  const replacing = { MetadataDirective: 'REPLACE', Metadata: { team: 'web' } } as const;
  await copy({ Key: 'replaced', ...replacing, ContentType: 'text/html', ChecksumAlgorithm: 'CRC32' });
  expect(await read('replaced')).toMatchObject({
    text: 'hello',
    ContentType: 'text/html',
    Metadata: { team: 'web' },
    ChecksumCRC32: 'NhCmhg==',
  });
});

test('an object can be copied to itself only with other metadata', async () => {
  await put('own');
  const itself = { Key: 'own', CopySource: `/${Bucket}/own` };
  await expect(copy(itself)).rejects.toMatchObject({
    ...failure('InvalidRequest', 400),
    message: expect.stringContaining('copy an object to itself without changing'),
  });
  await copy({ ...itself, MetadataDirective: 'REPLACE', Metadata: { a: 'b' } });
  expect(await read('own')).toMatchObject({ text: 'hello', Metadata: { a: 'b' } });
});

test('a copy from another account needs the permission to read the source', async () => {
  const across = { Bucket: target, Key: 'mine' };
  await expect(copy(across, other)).rejects.toMatchObject(failure('AccessDenied', 403));
  const Statement = {
    Effect: 'Allow',
    Principal: { AWS: B },
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await copy(across, other);
  const mine = await other.send(new HeadObjectCommand({ ...across }));
  expect(mine.ContentLength).toBe(5);
});

test.each<[string, Partial<CopyObjectCommandInput>, ReturnType<typeof failure>]>([
  ['a missing key', { CopySource: `${Bucket}/absent` }, failure('NoSuchKey', 404)],
  ['a missing bucket', { CopySource: 'absent-bucket/key' }, failure('NoSuchBucket', 404)],
  ['no key', { CopySource: Bucket }, failure('InvalidArgument', 400)],
  ['another version', { CopySource: `${Bucket}/own?versionId=7` }, failure('InvalidArgument', 400)],
  [
    'an access point',
    { CopySource: 'arn:aws:s3:us-east-1:1:accesspoint/a/object/b' },
    failure('NotImplemented', 501),
  ],
  ['another owner', { ExpectedSourceBucketOwner: B }, failure('AccessDenied', 403)],
  ['another ETag', { CopySourceIfMatch: '"0"' }, failure('PreconditionFailed', 412)],
  ['an unsupported condition', { CopySourceIfNoneMatch: '"0"' }, failure('NotImplemented', 501)],
  ['an unsupported directive', { TaggingDirective: 'REPLACE' }, failure('NotImplemented', 501)],
])('a copy of a source with %s is refused', async (_what, input, expected) => {
  await expect(copy({ Key: 'refused', ...input })).rejects.toMatchObject(expected);
  await expect(read('refused')).rejects.toMatchObject(failure('NoSuchKey', 404));
});
