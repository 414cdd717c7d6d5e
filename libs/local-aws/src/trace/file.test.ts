import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTraceFile } from './file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('lines are there at once, for this user alone', () => {
  const path = join(folder, 'trace.jsonl');
  const file = openTraceFile(path, () => undefined);
  file.write('one');
  file.write('two');
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  file.close();
});

test('a full file makes room for the latest lines, and one file before it is kept', () => {
  const path = join(folder, 'trace.jsonl');
  const file = openTraceFile(path, () => undefined, 10);
  for (const line of ['aaaaaa', 'bbbbbb', 'cccccc', 'dddddd', 'eeeeee']) file.write(line);
  file.close();
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('cccccc\ndddddd\n');
  expect(readFileSync(path, 'utf8')).toBe('eeeeee\n');
});

test('a file that cannot be written is reported once, and throws nothing', () => {
  const reports: string[] = [];
  const file = openTraceFile(join(folder, 'missing', 'trace.jsonl'), (message) => reports.push(message));
  file.write('one');
  file.write('two');
  file.close();
  expect(reports).toEqual([expect.stringContaining('ENOENT')]);
});
