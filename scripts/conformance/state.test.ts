import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newState, openStateFolder } from './state.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'state-'));
});
afterAll(() => rm(root, { recursive: true }));

test('the state is read again, in files for this user alone', async () => {
  const folder = await openStateFolder(root, 'throwaway1');
  const state = newState('throwaway1', undefined);
  await folder.write(state);
  expect(await folder.read()).toEqual(state);
  expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder.path, 'state.json'))).mode & 0o777).toBe(0o600);
  await folder.release();
});

test('two runs of a stage at once are refused, with the process of the other; one that was killed is in nobody’s way', async () => {
  const folder = await openStateFolder(root, 'throwaway2');
  await expect(openStateFolder(root, 'throwaway2')).rejects.toThrow(`process ${process.pid}`);
  // No process can have it.
  await writeFile(join(folder.path, 'lock'), '4194305');
  const next = await openStateFolder(root, 'throwaway2');
  await next.release();
});

test('two runs have different external IDs and different pseudonyms', () => {
  const [one, other] = [newState('throwaway1', undefined), newState('throwaway1', undefined)];
  expect(new Set([...one.externalIds, ...other.externalIds, one.key, other.key]).size).toBe(6);
});
