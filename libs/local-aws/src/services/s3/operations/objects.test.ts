import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { A, B, type Running, startRunning } from '../../../../test/running.testing.ts';

let running: Running;
let s3: S3Client;
let other: S3Client;
const Bucket = 'objects-of-a';

beforeAll(async () => {
  running = await startRunning();
  s3 = new S3Client({ ...running.sdk(A), forcePathStyle: true });
  other = new S3Client({ ...running.sdk(B), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  s3.destroy();
  other.destroy();
  await running.close();
  expect(running.defects).toEqual([]);
});

const put = (Key: string, Body = 'hello', more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more: object = {}) => s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
const read = async (Key: string, more: object = {}) => (await get(Key, more)).Body?.transformToString();
const failure = (code: string, status: number) => ({ name: code, $metadata: { httpStatusCode: status } });

test('an object comes back with its description', async () => {
  const described = {
    ContentType: 'text/plain',
    CacheControl: 'no-store',
    ContentEncoding: 'identity',
    Metadata: { team: 'api' },
  };
  const written = await put('a b/ü+%.txt', 'hello', described);
  expect(written).toMatchObject({
    ETag: '"5d41402abc4b2a76b9719d911017c592"',
    ServerSideEncryption: 'AES256',
  });
  const object = await get('a b/ü+%.txt');
  expect(object).toMatchObject({ ...described, ETag: written.ETag, ContentLength: 5 });
  expect(await object.Body?.transformToString()).toBe('hello');
  expect(object.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(object.$metadata.extendedRequestId).toHaveLength(76);
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'a b/ü+%.txt' }))).toMatchObject({
    ...described,
    ContentLength: 5,
  });
});

describe('a checksum', () => {
  test.each([
    ['CRC32', 'NhCmhg=='],
    ['CRC32C', 'mnG7TA=='],
    ['SHA1', 'qvTGHdzF6KLavt4PO0gs2a6pQ00='],
    ['SHA256', 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ='],
  ] as const)('in %s is kept, and returned if the client asks for it', async (algorithm, value) => {
    await put(algorithm, 'hello', { ChecksumAlgorithm: algorithm });
    const answer = await get(algorithm, { ChecksumMode: 'ENABLED' });
    expect(answer).toMatchObject({ [`Checksum${algorithm}`]: value, ChecksumType: 'FULL_OBJECT' });
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: algorithm }));
    expect(head).not.toHaveProperty(`Checksum${algorithm}`);
  });

  test.each([
    ['in CRC32', { ChecksumCRC32: 'AAAAAA==' }, 'BadDigest'],
    ['in MD5', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }, 'BadDigest'],
    ['in malformed MD5', { ContentMD5: 'x' }, 'InvalidDigest'],
  ])('%s that does not match the body is refused, and nothing is stored', async (_what, more, code) => {
    await expect(put('wrong', 'hello', more)).rejects.toMatchObject(failure(code, 400));
    await expect(get('wrong')).rejects.toBeInstanceOf(NoSuchKey);
  });
});

describe('a read with', () => {
  beforeAll(() => put('range', '0123456789'));

  test.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
  ])('the range %s returns %s', async (Range, body, range) => {
    const answer = await get('range', { Range });
    expect(answer).toMatchObject({ ContentRange: range, ContentLength: body.length });
    expect(answer.$metadata.httpStatusCode).toBe(206);
    expect(await answer.Body?.transformToString()).toBe(body);
  });

  test.each(['bytes=1-2,4-5', 'lines=1-2', 'bytes=5-2', 'bytes=-'])(
    'the range %s returns the whole object',
    async (Range) => {
      expect(await read('range', { Range })).toBe('0123456789');
    },
  );

  test.each(['bytes=10-', 'bytes=-0'])('the range %s is refused because it has no bytes', async (Range) => {
    await expect(get('range', { Range })).rejects.toMatchObject(failure('InvalidRange', 416));
  });
});

describe('a conditional read', () => {
  test('returns the object only if the conditions are met', async () => {
    const { ETag = '' } = await put('conditional');
    for (const IfMatch of [ETag, ETag.replaceAll('"', ''), '*']) {
      expect(await read('conditional', { IfMatch })).toBe('hello');
    }
    await expect(get('conditional', { IfMatch: '"other"' })).rejects.toMatchObject(
      failure('PreconditionFailed', 412),
    );
  });

  /* As LocalStack's tests recorded it on AWS: `test_s3_get_object_preconditions`, https://github.com/localstack/localstack */
  const anHour = 3_600_000;
  const ago = new Date(Date.now() - 24 * anHour);
  const notModified = { $metadata: { httpStatusCode: 304 } };
  const conditions = async () => {
    const { ETag = '' } = await put('conditional');
    const { LastModified = new Date() } = await get('conditional');
    return { ETag, LastModified };
  };
  const head = (more: object) => s3.send(new HeadObjectCommand({ Bucket, Key: 'conditional', ...more }));
  const both = [(more: object) => get('conditional', more), (more: object) => head(more)];

  test('gets 304 without a body if the client has the object, by its ETag or its date', async () => {
    const { ETag, LastModified } = await conditions();
    for (const request of both) {
      for (const more of [
        { IfNoneMatch: ETag },
        { IfNoneMatch: ETag.replaceAll('"', '') },
        { IfNoneMatch: '*' },
        { IfModifiedSince: LastModified },
        { IfModifiedSince: LastModified, IfNoneMatch: ETag },
        { IfModifiedSince: ago, IfNoneMatch: ETag },
      ]) {
        await expect(request(more)).rejects.toMatchObject(notModified);
      }
    }
  });

  test('gets the object if it is another one, was modified since, or the date lies in the future', async () => {
    const { ETag, LastModified } = await conditions();
    for (const more of [
      { IfNoneMatch: '"other"' },
      { IfNoneMatch: '"other"', IfModifiedSince: LastModified },
      { IfModifiedSince: ago },
      { IfModifiedSince: new Date(Date.now() + 24 * anHour) },
      { IfUnmodifiedSince: LastModified },
      { IfMatch: ETag, IfUnmodifiedSince: ago },
    ]) {
      expect(await read('conditional', more)).toBe('hello');
    }
  });

  test('is refused with the condition that does not hold, the ETag before the date, and before 304', async () => {
    const { ETag } = await conditions();
    const failed = (Condition: string) => ({ ...failure('PreconditionFailed', 412), Condition });
    const all = { IfUnmodifiedSince: ago, IfNoneMatch: ETag };
    await expect(get('conditional', { ...all, IfMatch: '"other"' })).rejects.toMatchObject(
      failed('If-Match'),
    );
    await expect(get('conditional', all)).rejects.toMatchObject(failed('If-Unmodified-Since'));
    await expect(head(all)).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
  });
});

describe('the error for a missing', () => {
  test('key is NoSuchKey with the key, or a 404 without a body for HEAD', async () => {
    await expect(get('absent')).rejects.toMatchObject({ ...failure('NoSuchKey', 404), Key: 'absent' });
    const head = s3.send(new HeadObjectCommand({ Bucket, Key: 'absent' }));
    await expect(head).rejects.toBeInstanceOf(NotFound);
  });

  test('bucket is NoSuchBucket with the name of the bucket', async () => {
    const answer = s3.send(new GetObjectCommand({ Bucket: 'no-such-bucket', Key: 'x' }));
    await expect(answer).rejects.toMatchObject({
      ...failure('NoSuchBucket', 404),
      BucketName: 'no-such-bucket',
    });
  });

  test('version is NoSuchVersion for each version except null', async () => {
    await put('version');
    expect(await read('version', { VersionId: 'null' })).toBe('hello');
    await expect(get('version', { VersionId: 'x'.repeat(32) })).rejects.toMatchObject(
      failure('NoSuchVersion', 404),
    );
    await expect(get('version', { VersionId: '1' })).rejects.toMatchObject(failure('InvalidArgument', 400));
  });
});

test('an unsupported feature is refused, never ignored', async () => {
  for (const more of [
    { ACL: 'public-read' },
    { StorageClass: 'GLACIER' },
    { ServerSideEncryption: 'aws:kms' },
    { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: new Date() },
    { WebsiteRedirectLocation: '/x' },
    { GrantRead: 'id=1' },
    { Tagging: 'team=api' },
    { IfNoneMatch: '*' },
    { IfMatch: '"stale"' },
    { ChecksumXXHASH64: 'AAAAAAAAAAA=' },
    { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'a'.repeat(32) },
  ]) {
    await expect(put('feature', 'x', more)).rejects.toMatchObject({ name: 'NotImplemented' });
  }
  const bypass = { Bucket, Key: 'feature', BypassGovernanceRetention: true };
  await expect(s3.send(new DeleteObjectCommand(bypass))).rejects.toMatchObject({
    name: 'NotImplemented',
    message:
      'local AWS does not implement x-amz-bypass-governance-retention of s3:DeleteObject: leave it out.',
  });
  await expect(put('k'.repeat(1025))).rejects.toMatchObject(failure('KeyTooLongError', 400));
  await expect(put('meta', 'x', { Metadata: { a: 'b'.repeat(2048) } })).rejects.toMatchObject(
    failure('MetadataTooLarge', 400),
  );
});

test('the error for a copy of a part names the operation, and no part is written', async () => {
  await put('source');
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1, CopySource: `${Bucket}/source` };
  await expect(s3.send(new UploadPartCopyCommand(part))).rejects.toMatchObject({
    name: 'NotImplemented',
    message: expect.stringContaining('s3:UploadPartCopy'),
  });
});

describe('a deletion', () => {
  test('of a missing object succeeds', async () => {
    const { $metadata } = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'absent' }));
    expect($metadata.httpStatusCode).toBe(204);
  });

  test('of many objects takes keys with blanks, line breaks and markup', async () => {
    const keys = [' blank ', 'two\r\nlines', '<&>', 'plain'];
    await Promise.all(keys.map((key) => put(key)));
    const { Deleted } = await s3.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [...keys.map((Key) => ({ Key })), { Key: 'absent', VersionId: 'null' }] },
      }),
    );
    expect(Deleted).toEqual([...keys.map((Key) => ({ Key })), { Key: 'absent', VersionId: 'null' }]);
    for (const key of keys) await expect(get(key)).rejects.toBeInstanceOf(NoSuchKey);
  });

  test('of many objects lists nothing in quiet mode', async () => {
    await put('quiet');
    const Delete = { Quiet: true, Objects: [{ Key: 'quiet' }] };
    expect(await s3.send(new DeleteObjectsCommand({ Bucket, Delete }))).not.toHaveProperty('Deleted');
  });
});

describe('a request', () => {
  test('with signature version 2 is refused, and the error names the version to use', async () => {
    const url = `${running.aws.url}/${Bucket}/x`;
    const answers = await Promise.all([
      fetch(`${url}?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=abc%3D&Expires=1900000000`),
      fetch(url, { headers: { authorization: 'AWS AKIAIOSFODNN7EXAMPLE:abc=' } }),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(400);
      expect(await answer.text()).toMatch(/<Code>InvalidRequest<.*Please use AWS4-HMAC-SHA256/);
    }
  });

  test('with an unknown access key is refused, and the error names the key', async () => {
    const stranger = new S3Client({
      ...running.sdk(A),
      forcePathStyle: true,
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' },
    });
    await expect(stranger.send(new GetObjectCommand({ Bucket, Key: 'x' }))).rejects.toMatchObject({
      ...failure('InvalidAccessKeyId', 403),
      AWSAccessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    });
    stranger.destroy();
  });
});
