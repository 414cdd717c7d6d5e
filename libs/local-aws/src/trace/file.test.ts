import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TraceEvent } from './event.ts';
import { openTraceFile, readTraceFile } from './file.ts';
import { recordOf } from './record.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-file-'));
  path = join(folder, 'trace.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function event(requestId: string): TraceEvent {
  const request = { requestId, service: 'sts', operation: 'AssumeRole', status: 200 };
  return { time: new Date(0), ...request, decisions: [], durationMs: 1 };
}

async function read(isWanted?: (line: string) => boolean): Promise<string[]> {
  const requestIds: string[] = [];
  for await (const record of readTraceFile(path, isWanted)) requestIds.push(record.requestId);
  return requestIds;
}

test('a record is in the file when write returns, for this user alone', () => {
  const file = openTraceFile(path, () => undefined);
  file.write(event('r1'));
  file.write(event('r2'));
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).requestId)).toEqual(['r1', 'r2']);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  file.close();
});

test('a full file makes room, and the reader goes on with the file before it', async () => {
  const lineBytes = JSON.stringify(recordOf(event('r1'))).length + 1;
  const file = openTraceFile(path, () => undefined, lineBytes);
  for (const requestId of ['r1', 'r2', 'r3', 'r4', 'r5']) file.write(event(requestId));
  file.close();
  expect(readFileSync(path, 'utf8')).not.toContain('r4');
  expect(readFileSync(`${path}.1`, 'utf8')).not.toContain('r2');
  expect(await read()).toEqual(['r5', 'r4', 'r3']);
});

test('the reader passes over lines that are incomplete or not wanted', async () => {
  const file = openTraceFile(path, () => undefined);
  for (const requestId of ['r1', 'r2', 'r3']) file.write(event(requestId));
  file.close();
  appendFileSync(path, '{"time":"being writ');
  expect(await read()).toEqual(['r3', 'r2', 'r1']);
  expect(await read((line) => line.includes('r2'))).toEqual(['r2']);
});

test('a file that cannot be written is reported once, and later writes throw no error', () => {
  const reports: string[] = [];
  const file = openTraceFile(join(folder, 'missing', 'trace.jsonl'), (message) => reports.push(message));
  file.write(event('r1'));
  file.write(event('r2'));
  file.close();
  expect(reports).toEqual([expect.stringContaining('ENOENT')]);
});

test('a trace file that does not exist is an error for its reader', async () => {
  await expect(read()).rejects.toMatchObject({ code: 'ENOENT' });
});
