import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AwsRequest } from '../../../core/request.ts';
import { type CodePackages, createCodePackages } from './packages.ts';
import { storedZip } from './stored-zip.ts';

const ZIP = storedZip({ 'index.js': '1' });

let folder: string;
let packages: CodePackages;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'downloads-'));
  packages = createCodePackages(
    async () => folder,
    () => 'http://127.0.0.1:4566',
  );
});
afterEach(() => rm(folder, { recursive: true }));

function get(url: string, method = 'GET') {
  const { host, pathname, search } = new URL(url);
  const request = { method, host, rawPath: pathname, rawQuery: search.slice(1), requestId: 'id' };
  return packages.download(request as AwsRequest);
}

test('a package can be downloaded unchanged, from a URL that is hard to guess', async () => {
  const url = packages.url(await packages.use(ZIP));
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:4566\/_local-aws\/code\/code-[0-9a-f-]{36}\.zip$/);
  expect(await get(url)).toMatchObject({ status: 200, body: ZIP });
});

test.each([
  ['another package', (url: string) => url.replace(/[0-9a-f](?=\.zip$)/, 'x')],
  ['a path that leaves the folder', (url: string) => url.replace('code-', '..%2Fcode-')],
])('a URL that is changed to %s is refused', async (_change, change) => {
  const url = packages.url(await packages.use(ZIP));
  expect(await get(change(url))).toMatchObject({
    status: 403,
    body: expect.stringContaining('GetFunction'),
  });
});

test('a package that is no longer in use is deleted and cannot be downloaded', async () => {
  const code = await packages.use(ZIP);
  const url = packages.url(code);
  await packages.release(code);
  expect((await get(url))?.status).toBe(403);
  expect(await (await import('node:fs/promises')).readdir(folder)).toEqual([]);
});

test('other paths and methods are not answered', async () => {
  const url = packages.url(await packages.use(ZIP));
  expect(await get(url, 'PUT')).toBeUndefined();
  expect(await get('http://127.0.0.1:4566/_local-aws/health')).toBeUndefined();
});
