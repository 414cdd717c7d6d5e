import {
  CreateBucketCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  ListObjectVersionsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { A, type Running, startRunning } from '../../../../test/running.testing.ts';
import { takePage } from './listing.ts';

let running: Running;
let s3: S3Client;
const Bucket = 'listed';
/** In the order of their UTF-8 bytes. JavaScript sorts the last ones differently. */
const keys = ['a', 'dir/1', 'dir/2', 'dir/sub/3', 'e & <f>', 'z+ z', '\uff5e', '\u{1f600}'];

beforeAll(async () => {
  running = await startRunning();
  s3 = new S3Client({ ...running.sdk(A), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
  await Promise.all(keys.map((Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))));
});
afterAll(async () => {
  s3.destroy();
  await running.close();
  expect(running.defects).toEqual([]);
});

const list = (more: Partial<ListObjectsV2CommandInput> = {}) =>
  s3.send(new ListObjectsV2Command({ Bucket, ...more }));

test('keys come in the order of their bytes, with size and ETag', async () => {
  const { Contents, KeyCount, IsTruncated } = await list();
  expect(Contents?.map(({ Key }) => Key)).toEqual(keys);
  expect(Contents?.[0]).toMatchObject({
    Size: 1,
    ETag: '"0cc175b9c0f1b6a831c399e269772661"',
    StorageClass: 'STANDARD',
  });
  expect(Contents?.[0]).not.toHaveProperty('Owner');
  expect([KeyCount, IsTruncated]).toEqual([keys.length, false]);
});

test('a delimiter makes folders', async () => {
  const { Contents, CommonPrefixes } = await list({ Prefix: 'dir/', Delimiter: '/' });
  expect(Contents?.map(({ Key }) => Key)).toEqual(['dir/1', 'dir/2']);
  expect(CommonPrefixes).toEqual([{ Prefix: 'dir/sub/' }]);
});

test('the pages have each key and each folder once', async () => {
  const found: (string | undefined)[] = [];
  const pages = paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket, Delimiter: '/' });
  for await (const { Contents = [], CommonPrefixes = [] } of pages) {
    expect(Contents.length + CommonPrefixes.length).toBeLessThanOrEqual(2);
    found.push(...Contents.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix));
  }
  expect(found.sort()).toEqual(['a', 'dir/', ...keys.slice(4)].sort());
});

test('version 1 of the listing has owners, and its pages follow by marker', async () => {
  const found: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 3, Marker }));
    expect(page.Contents?.[0]?.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
    // AWS gives the next marker only with a delimiter.
    expect(page.NextMarker).toBeUndefined();
    found.push(...(page.Contents ?? []).map(({ Key }) => Key));
    Marker = page.IsTruncated ? page.Contents?.at(-1)?.Key : undefined;
  } while (Marker !== undefined);
  expect(found).toEqual(keys);

  const first = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 2, Delimiter: '/' }));
  expect(first).toMatchObject({
    IsTruncated: true,
    NextMarker: 'dir/',
    CommonPrefixes: [{ Prefix: 'dir/' }],
  });
  const second = await s3.send(
    new ListObjectsCommand({ Bucket, MaxKeys: 2, Delimiter: '/', Marker: first.NextMarker }),
  );
  expect(second.Contents?.map(({ Key }) => Key)).toEqual(keys.slice(4, 6));
});

test('a listing encodes keys as a URL does', async () => {
  const answer = await list({ EncodingType: 'url' });
  expect(answer.EncodingType).toBe('url');
  expect(answer.Contents?.slice(-4).map(({ Key }) => Key)).toEqual([
    'e%20%26%20%3Cf%3E',
    'z%2B%20z',
    '%EF%BD%9E',
    '%F0%9F%98%80',
  ]);
});

test.each([{ StartAfter: 'dir' }, { FetchOwner: true }])('%j is refused by name', async (more) => {
  const name = 'StartAfter' in more ? 'start-after' : 'fetch-owner';
  await expect(list(more)).rejects.toMatchObject({
    name: 'NotImplemented',
    message: `local AWS does not implement ${name} of s3:ListObjectsV2: leave it out.`,
  });
});

test('each object is its only version', async () => {
  const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1 }));
  expect(page).toMatchObject({
    Versions: [{ Key: 'a', VersionId: 'null', IsLatest: true }],
    IsTruncated: true,
    NextKeyMarker: 'a',
    NextVersionIdMarker: 'null',
  });
  const rest = await s3.send(new ListObjectVersionsCommand({ Bucket, KeyMarker: page.NextKeyMarker }));
  expect(rest.Versions).toHaveLength(keys.length - 1);
  await expect(s3.send(new ListObjectVersionsCommand({ Bucket, VersionIdMarker: 'null' }))).rejects.toThrow(
    'A version-id marker cannot be specified without a key marker.',
  );
});

test.each([
  ['max-keys', { MaxKeys: -1 }],
  ['continuation-token', { ContinuationToken: 'x y' }],
])('an invalid %s is refused as InvalidArgument', async (ArgumentName, more) => {
  await expect(list(more)).rejects.toMatchObject({ name: 'InvalidArgument', ArgumentName });
});

test('max-keys 0 returns no keys and promises no further page', async () => {
  expect(await list({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false });
});

test('all pages together are the whole listing, for any keys, prefix and size of a page', () => {
  const part = fc.constantFrom('a', 'b', '/', '\uffff', '\u{10000}');
  const text = fc.array(part, { maxLength: 5 }).map((parts) => parts.join(''));
  const keysOfBucket = fc.uniqueArray(
    text.filter((key) => key !== ''),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(
      keysOfBucket,
      fc.constantFrom('', 'a', '/'),
      fc.integer({ min: 1, max: 4 }),
      (all, prefix, maxKeys) => {
        const take = (size: number, after: string) => {
          const selection = { prefix, delimiter: '/', maxKeys: size };
          const { objects, commonPrefixes, next } = takePage(
            all.map((key) => ({ key })),
            selection,
            after,
          );
          return { names: [...objects.map(({ key }) => key), ...commonPrefixes], next };
        };
        const found: string[] = [];
        let after: string | undefined = '';
        while (after !== undefined) {
          const page = take(maxKeys, after);
          expect(page.names.length).toBeLessThanOrEqual(maxKeys);
          found.push(...page.names);
          after = page.next;
        }
        expect(found.sort()).toEqual(take(1000, '').names.sort());
      },
    ),
  );
});
