import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRoot, projectRoot } from './read-state-directory.ts';

let folder: string;
let service: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'find-root-'));
  service = join(folder, 'services/notes');
  await mkdir(service, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{}');
});
afterEach(() => rm(folder, { recursive: true }));

/** Makes the state directory of a local AWS that runs, or has ended. */
async function makeState(root: string, { running }: { readonly running: boolean }): Promise<string> {
  const directory = join(root, '.local-aws');
  await mkdir(directory, { mode: 0o700 });
  if (running) await writeFile(join(directory, 'endpoint.json'), '{}');
  return directory;
}

test('a state directory is made beside serverless-compose.yml, or else beside the nearest package.json', async () => {
  expect(projectRoot(service)).toBe(folder);
  await writeFile(join(service, 'package.json'), '{}');
  expect(projectRoot(service)).toBe(service);
  await writeFile(join(folder, 'serverless-compose.yml'), '');
  expect(projectRoot(service)).toBe(folder);
});

test('a service finds the local AWS that runs above it, also if one has run beside it', async () => {
  await writeFile(join(service, 'package.json'), '{}');
  expect(findRoot(service)).toBe(service);
  await makeState(service, { running: false });
  expect(findRoot(service)).toBe(service);
  await makeState(folder, { running: true });
  expect(findRoot(service)).toBe(folder);
});

test('a state directory that others can write does not count', async () => {
  const directory = await makeState(service, { running: true });
  await chmod(directory, 0o777);
  expect(findRoot(service)).toBe(folder);
});
