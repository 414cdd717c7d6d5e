import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AwsRequest } from '../../../core/request.ts';
import { CodeDownloads } from './downloads.ts';
import { CodePackages } from './packages.ts';
import { storedZip } from './stored-zip.ts';

const ZIP = storedZip({ 'index.js': '1' });

let folder: string;
let packages: CodePackages;
let now: Date;
let downloads: CodeDownloads;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'downloads-'));
  packages = new CodePackages(async () => folder);
  now = new Date('2026-01-01T00:00:00Z');
  downloads = new CodeDownloads({ now: () => now }, () => 'http://127.0.0.1:4566');
});
afterEach(() => rm(folder, { recursive: true }));

function get(url: string, method = 'GET') {
  const { host, pathname, search } = new URL(url);
  const request = { method, host, rawPath: pathname, rawQuery: search.slice(1), requestId: 'id' };
  return downloads.answer(request as AwsRequest);
}

test('a package is downloaded as it was uploaded, for ten minutes', async () => {
  const url = downloads.url(await packages.use(ZIP));
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:4566\/_local-aws\//);
  expect(await get(url)).toMatchObject({ status: 200, body: ZIP });
  now = new Date('2026-01-01T00:10:00Z');
  expect(await get(url)).toMatchObject({ status: 403, body: expect.stringContaining('GetFunction') });
});

test.each([
  ['another package', (url: string) => url.replace('code-1', 'code-2')],
  ['a longer life', (url: string) => url.replace(/expires=\d+/, 'expires=9999999999999')],
  ['no signature', (url: string) => url.replace(/[?&]signature=\w+/, '')],
  ['no query', (url: string) => url.replace(/\?.*/, '')],
  ['a path that leaves the folder', (url: string) => url.replace('code-1', '..%2Fcode-1')],
])('a URL that is changed to %s is refused', async (_change, change) => {
  const url = downloads.url(await packages.use(ZIP));
  await packages.use(storedZip({ 'index.js': '2' }));
  expect((await get(change(url)))?.status).toBe(403);
});

test('a package that is no longer in use cannot be downloaded, and leaves nothing', async () => {
  const code = await packages.use(ZIP);
  const url = downloads.url(code);
  await packages.release(code);
  expect((await get(url))?.status).toBe(403);
  expect(await (await import('node:fs/promises')).readdir(folder)).toEqual([]);
});

test('other paths and methods are not answered', async () => {
  const url = downloads.url(await packages.use(ZIP));
  expect(await get(url, 'PUT')).toBeUndefined();
  expect(await get('http://127.0.0.1:4566/_local-aws/health')).toBeUndefined();
});
