import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openInBrowser } from './open-browser.ts';

const url = 'http://127.0.0.1:4566/_local-aws/console#token=secret';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('the browser gets a file that redirects to the URL: no other user sees the token among its arguments', async () => {
  const seen = join(folder, 'seen');
  for (const name of ['xdg-open', 'open']) {
    await writeFile(
      join(folder, name),
      `#!/bin/sh\necho "$@" > '${seen}.tmp'; mv '${seen}.tmp' '${seen}'\n`,
      {
        mode: 0o755,
      },
    );
  }
  const file = join(folder, 'console.html');
  await openInBrowser(url, file, { PATH: [folder, process.env.PATH].join(delimiter) });
  const read = () => readFile(seen, 'utf8').catch(() => undefined);
  while ((await read()) === undefined) await sleep(10);
  expect(await read()).toBe(`${file}\n`);
  expect(await readFile(file, 'utf8')).toContain(`url=${url}"`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('without a browser, the error names the command that is missing', async () => {
  await expect(openInBrowser(url, join(folder, 'console.html'), { PATH: folder })).rejects.toThrow(
    /open cannot be started/,
  );
});
