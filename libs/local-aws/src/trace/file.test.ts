import fs, { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
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

/** The gaps and unreadable lines of the whole file. */
async function missing(isWanted?: (line: string) => boolean) {
  const reading = readTraceFile(path, isWanted);
  for await (const _ of reading);
  return reading.missing();
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

describe('a file that cannot be written', () => {
  let reports: string[];
  beforeEach(() => {
    reports = [];
  });
  afterEach(() => jest.restoreAllMocks());
  const open = () => openTraceFile(path, (message) => reports.push(message));

  /** Lets writes fail, after they have written some bytes, until the returned function is called. */
  function failWrites(code: string): () => void {
    const { writeSync } = fs;
    const mock = jest.spyOn(fs, 'writeSync').mockImplementation((descriptor: number, data: unknown) => {
      writeSync(descriptor, data as Buffer, 0, 10);
      throw Object.assign(new Error(`${code}: cannot write`), { code });
    });
    return () => mock.mockRestore();
  }

  test('is reported once, and written again as soon as that works, with the gap', async () => {
    const file = open();
    file.write(event('r1'));
    const repair = failWrites('ENOSPC');
    file.write({ ...event('lost-1'), time: new Date(1_000) });
    file.write({ ...event('lost-2'), time: new Date(2_000) });
    expect(reports).toEqual([expect.stringContaining('ENOSPC')]);
    const gap = { calls: 2, since: '1970-01-01T00:00:01.000Z', until: '1970-01-01T00:00:02.000Z' };
    expect(file.gap()).toEqual(gap);
    repair();
    file.write(event('r2'));
    file.write(event('r3'));
    file.close();
    expect(reports[1]).toBe('the trace is written again. 2 calls are missing in it.');
    expect(reports).toHaveLength(2);
    expect(file.gap()).toBeUndefined();
    expect(await read()).toEqual(['r3', 'r2', 'r1']);
    expect(await missing()).toEqual({ gaps: [gap], unreadableLines: 0 });
  });

  test('has its gap in the file if it works again only when the file is closed', async () => {
    const file = open();
    const repair = failWrites('EIO');
    file.write(event('lost'));
    repair();
    file.close();
    expect(await missing()).toMatchObject({ gaps: [{ calls: 1 }] });
  });

  test.each([
    ['ENOSPC', 'Free space on the disk of'],
    ['EDQUOT', 'Free space on the disk of'],
    ['EROFS', 'Make its file system writable, or start local AWS with --state'],
    ['EACCES', 'Make it writable for this user'],
  ])('with %s is reported with the remedy "%s"', (code, remedy) => {
    failWrites(code);
    const file = open();
    file.write(event('lost'));
    expect(reports).toEqual([expect.stringContaining(`${path} cannot be written (${code}`)]);
    expect(reports).toEqual([expect.stringContaining(remedy)]);
  });

  test('may be missing from the start, and throws no error', () => {
    path = join(folder, 'missing', 'trace.jsonl');
    const file = open();
    file.write(event('r1'));
    file.write(event('r2'));
    file.close();
    expect(reports).toEqual([expect.stringContaining('ENOENT')]);
    expect(file.gap()).toMatchObject({ calls: 2 });
  });
});

test('lines that are no records are counted, except a last line that is being written', async () => {
  const file = openTraceFile(path, () => undefined);
  file.write(event('r1'));
  file.close();
  appendFileSync(path, 'garbage\n{"time":"damag\n');
  expect(await missing()).toEqual({ gaps: [], unreadableLines: 1 });
  appendFileSync(path, '{"time":"1970-01-01T00:00:00.000Z","requestId":"r2","other":"version"}\n');
  expect(await missing()).toEqual({ gaps: [], unreadableLines: 3 });
  expect(await missing((line) => line.includes('nowhere'))).toEqual({ gaps: [], unreadableLines: 1 });
});

test('a trace file that does not exist is an error for its reader', async () => {
  await expect(read()).rejects.toMatchObject({ code: 'ENOENT' });
});
