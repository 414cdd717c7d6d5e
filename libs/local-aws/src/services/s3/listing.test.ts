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
import { A, type Running, startRunning } from '../../../test/running.testing.ts';
import { listingOperations } from './listing.ts';
import { createBucketStore } from './store.ts';

let running: Running;
let s3: S3Client;
const Bucket = 'listed';
/** In the order of their UTF-8 bytes, which differs from that of JavaScript's strings at the end. */
const keys = ['a', 'dir/1', 'dir/2', 'dir/sub/3', 'e & <f>', 'z+ z', '\uff5e', '\u{1f600}'];

beforeAll(async () => {
  running = await startRunning();
  s3 = new S3Client({ ...running.sdk(A), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
  await Promise.all(keys.map((Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))));
}, 30_000);
afterAll(async () => {
  s3.destroy();
  await running.close();
  expect(running.defects).toEqual([]);
});

const list = (more: Partial<ListObjectsV2CommandInput> = {}) =>
  s3.send(new ListObjectsV2Command({ Bucket, ...more }));

test('keys are in the order of their bytes, with size and ETag', async () => {
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

test('pages hold every key once, folders too', async () => {
  const found: (string | undefined)[] = [];
  const pages = paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket, Delimiter: '/' });
  for await (const { Contents = [], CommonPrefixes = [] } of pages) {
    expect(Contents.length + CommonPrefixes.length).toBeLessThanOrEqual(2);
    found.push(...Contents.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix));
  }
  expect(found.sort()).toEqual(['a', 'dir/', ...keys.slice(4)].sort());
});

test('start-after, fetch-owner and encoding', async () => {
  const answer = await list({ StartAfter: 'dir/sub/3', FetchOwner: true, EncodingType: 'url' });
  expect(answer.Contents?.map(({ Key }) => Key)).toEqual([
    'e%20%26%20%3Cf%3E',
    'z%2B%20z',
    '%EF%BD%9E',
    '%F0%9F%98%80',
  ]);
  expect(answer).toMatchObject({ EncodingType: 'url', StartAfter: 'dir/sub/3' });
  expect(answer.Contents?.[0]?.Owner?.ID).toHaveLength(64);
});

test('the first version of the operation goes on by marker', async () => {
  const first = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 2 }));
  expect(first).toMatchObject({
    IsTruncated: true,
    NextMarker: 'dir/',
    CommonPrefixes: [{ Prefix: 'dir/' }],
  });
  const rest = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: '/', Marker: first.NextMarker }));
  expect(rest.Contents?.map(({ Key }) => Key)).toEqual(keys.slice(4));
  expect(await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 2 }))).not.toHaveProperty('NextMarker');
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
});

test.each([
  ['max-keys', { MaxKeys: -1 }],
  ['continuation-token', { ContinuationToken: 'x y' }],
])('a bad %s is an InvalidArgument', async (ArgumentName, more) => {
  await expect(list(more)).rejects.toMatchObject({ name: 'InvalidArgument', ArgumentName });
});

test('no page is asked for with max-keys 0', async () => {
  expect(await list({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false });
});

test('whatever the keys, prefix and page size: all pages together are one listing', () => {
  const part = fc.constantFrom('a', 'b', '/', '\uffff', '\u{10000}');
  const key = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), (all, maxKeys) => {
      const store = createBucketStore({ now: () => new Date(0) });
      const bucket = store.create({ accountId: A, region: 'us-east-1' }, 'property');
      for (const one of all) {
        store.put(bucket, { key: one, body: Buffer.alloc(0), contentType: '', headers: {}, tags: new Map() });
      }
      const operation = listingOperations(store).find(({ name }) => name === 'ListObjectsV2');
      interface Result {
        readonly Contents: readonly { readonly Key: string }[];
        readonly CommonPrefixes: readonly { readonly Prefix: string }[];
        readonly NextContinuationToken?: string;
      }
      const page = (query: Record<string, string>) => {
        const call = { bucketName: 'property', query: new URLSearchParams(query) };
        const { xml } = operation!.handle(call as never);
        return (xml as { ListBucketResult: Result }).ListBucketResult;
      };
      const namesOf = ({ Contents, CommonPrefixes }: Result): string[] => [
        ...Contents.map(({ Key }) => Key),
        ...CommonPrefixes.map(({ Prefix }) => Prefix),
      ];
      const found: string[] = [];
      let token: string | undefined;
      do {
        const more = token === undefined ? undefined : { 'continuation-token': token };
        const result = page({ delimiter: '/', 'max-keys': String(maxKeys), ...more });
        found.push(...namesOf(result));
        token = result.NextContinuationToken;
      } while (token !== undefined);
      expect(found.sort()).toEqual(namesOf(page({ delimiter: '/' })).sort());
    }),
  );
});
