import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListPartsCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { A, type Running, startRunning } from '../../../../test/running.testing.ts';

let running: Running;
let s3: S3Client;
const Bucket = 'uploads';
const big = Buffer.alloc(5 * 1024 * 1024, 'a');

beforeAll(async () => {
  running = await startRunning();
  s3 = new S3Client({ ...running.sdk(A), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  s3.destroy();
  await running.close();
  expect(running.defects).toEqual([]);
});

interface Target {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}

async function start(Key: string, more: object = {}): Promise<Target> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  return { Bucket, Key, UploadId: UploadId ?? '' };
}

async function upload(target: Target, PartNumber: number, Body: Buffer | string) {
  const part = await s3.send(new UploadPartCommand({ ...target, PartNumber, Body }));
  return { PartNumber, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 };
}

const complete = (target: Target, Parts: object[], more: object = {}) =>
  s3.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts }, ...more }));

test('parts in any order become one object, with metadata and a checksum of all bytes', async () => {
  const target = await start('whole', { Metadata: { a: '1' }, ChecksumAlgorithm: 'CRC32' });
  const second = await upload(target, 2, 'end');
  const first = await upload(target, 1, big);
  const answer = await complete(target, [first, second]);
  expect(answer.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
  expect(answer).toMatchObject({
    ChecksumCRC32: expect.stringMatching(/^[^-]+$/),
    ChecksumType: 'FULL_OBJECT',
  });
  const object = await s3.send(new GetObjectCommand({ Bucket, Key: 'whole' }));
  expect(object).toMatchObject({ ETag: answer.ETag, ContentLength: big.length + 3, Metadata: { a: '1' } });
  const bytes = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
  expect(bytes.equals(Buffer.concat([big, Buffer.from('end')]))).toBe(true);
  await expect(upload(target, 3, 'late')).rejects.toMatchObject({ name: 'NoSuchUpload' });
});

test('a completion with a wrong list of parts does not change the upload', async () => {
  const target = await start('faulty');
  const first = await upload(target, 1, 'too small');
  const second = await upload(target, 2, 'x');
  const lists: [code: string, parts: object[]][] = [
    ['InvalidPartOrder', [second, first]],
    ['InvalidPart', [{ ...first, ETag: '"00000000000000000000000000000000"' }]],
    ['InvalidPart', [{ ...first, PartNumber: 3 }]],
    ['InvalidPart', [{ ...first, ChecksumCRC32: 'AAAAAA==' }]],
    ['InvalidPart', [{ ...first, ChecksumSHA1: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }]],
    ['EntityTooSmall', [first, second]],
    ['MalformedXML', []],
  ];
  for (const [name, parts] of lists) await expect(complete(target, parts)).rejects.toMatchObject({ name });
  // As LocalStack's tests recorded it on AWS: `complete-exc-no-parts`, https://github.com/localstack/localstack
  const withoutParts = s3.send(new CompleteMultipartUploadCommand(target));
  await expect(withoutParts).rejects.toMatchObject({
    name: 'InvalidRequest',
    message: 'You must specify at least one part',
  });
  await complete(target, [second]);
});

test('an upload is not completed if its size differs from the client’s', async () => {
  const target = await start('size');
  const parts = [await upload(target, 1, 'abc')];
  await expect(complete(target, parts, { MpuObjectSize: 4 })).rejects.toMatchObject({
    name: 'InvalidRequest',
  });
  await complete(target, parts, { MpuObjectSize: 3 });
});

test('a part is refused if the upload was aborted or has another key', async () => {
  const target = await start('aborted');
  await expect(upload({ ...target, Key: 'other' }, 1, 'x')).rejects.toMatchObject({ name: 'NoSuchUpload' });
  await expect(upload(target, 10_001, 'x')).rejects.toMatchObject({ name: 'InvalidArgument' });
  await s3.send(new AbortMultipartUploadCommand(target));
  await expect(upload(target, 1, 'x')).rejects.toMatchObject({ name: 'NoSuchUpload' });
});

test('a condition for the completion is refused', async () => {
  const target = await start('conditional');
  const part = await upload(target, 1, 'x');
  await expect(complete(target, [part], { IfNoneMatch: '*' })).rejects.toMatchObject({
    name: 'NotImplemented',
  });
});

test('an upload is not completed if its checksum differs from the client’s', async () => {
  const target = await start('checksum', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
  const parts = [await upload(target, 1, 'hello')];
  await expect(complete(target, parts, { ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject({
    name: 'BadDigest',
  });
  await expect(complete(target, parts, { ChecksumType: 'COMPOSITE' })).rejects.toMatchObject({
    name: 'NotImplemented',
  });
  const answer = await complete(target, parts, { ChecksumCRC32: 'NhCmhg==', ChecksumType: 'FULL_OBJECT' });
  expect(answer).toMatchObject({ ChecksumCRC32: 'NhCmhg==', ChecksumType: 'FULL_OBJECT' });
});

test('the error for an unsupported operation on uploads names it', async () => {
  const list = s3.send(new ListPartsCommand({ Bucket, Key: 'x', UploadId: 'x' }));
  await expect(list).rejects.toMatchObject({ message: expect.stringContaining('s3:ListParts.') });
  const copy = { Bucket, Key: 'x', UploadId: 'x', PartNumber: 1, CopySource: `${Bucket}/whole` };
  await expect(s3.send(new UploadPartCopyCommand(copy))).rejects.toMatchObject({
    message: expect.stringContaining('s3:UploadPartCopy.'),
  });
});
