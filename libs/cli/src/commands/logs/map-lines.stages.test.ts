import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFunction } from '../../project/bundle-function.ts';
import { pairProject, workInPairProject } from '../../project/pair.testing.ts';
import { bundles } from '../stack-trace/sources.ts';
import { createLineMapper } from './map-lines.ts';

workInPairProject();

let folder: string;
let url: string;
let code: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logs-'));
  const { outputFiles } = await bundleFunction(join(pairProject, 'services/caller'), 'src/caller.ts');
  code = outputFiles[0]?.text ?? '';
  await mkdir(join(folder, 'src'));
  url = pathToFileURL(join(folder, 'src/caller.mjs')).href;
});
afterAll(() => rm(folder, { recursive: true }));

const frame = (): string => {
  const before = code.slice(0, code.indexOf('The event cannot be read')).split('\n');
  return `    at fp (${url}:${before.length}:${(before.at(-1) ?? '').length + 1})`;
};

function mapper() {
  const notes: string[] = [];
  let bundled = 0;
  const find = (file: string) => {
    bundled += 1;
    return bundles(file);
  };
  const map = createLineMapper({ find, note: (note) => void notes.push(note) });
  return { map, notes, bundled: () => bundled };
}

test('a position in a line of a log becomes that of the source, if the sources are what ran', async () => {
  await writeFile(join(folder, 'src/caller.mjs'), code);
  const { map, notes, bundled } = mapper();
  expect(await map(frame())).toMatch(/^ {4}at fp \(services\/caller\/src\/fail\.ts:\d+:\d+\)$/);
  expect(await map(frame())).toContain('fail.ts');
  expect(await map('START RequestId: 1')).toBe('START RequestId: 1');
  expect(bundled()).toBe(1);
  expect(notes).toEqual([]);
});

test('a line of other code stays as it is, and the reason is told once', async () => {
  await writeFile(join(folder, 'src/caller.mjs'), `${code}\n// changed`);
  const { map, notes } = mapper();
  expect(await map(frame())).toBe(frame());
  expect(await map(frame())).toBe(frame());
  expect(notes).toEqual([expect.stringContaining('The sources differ from what ran')]);
});

test('a log is printed although its code cannot be compared', async () => {
  const notes: string[] = [];
  const map = createLineMapper({
    find: bundles,
    readDeployed: () => Promise.reject(new Error('No permission.')),
    note: (note) => void notes.push(note),
  });
  const line = 'at fp (file:///var/task/src/caller.mjs:1:2)';
  expect(await map(line)).toBe(line);
  expect(notes).toEqual(['The positions of src/caller.mjs are not mapped. No permission.']);
});
