import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { linesFromEnd } from './lines-from-end.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trace-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string): Promise<string[]> {
  const file = join(folder, 'trace.jsonl');
  await writeFile(file, text);
  const lines: string[] = [];
  for await (const line of linesFromEnd(file)) lines.push(line);
  return lines;
}

test('all lines are read, the last line first', async () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.boolean(), async (lines, complete) => {
      expect(await read(lines.join('\n') + (complete ? '\n' : ''))).toEqual(lines.toReversed());
    }),
    { numRuns: 50 },
  );
});

test('lines may be longer than a block, and characters may lie across its borders', async () => {
  const lines = ['é'.repeat(100_001), 'x', '漢'.repeat(70_000), 'y'.repeat(64 * 1024)];
  expect(await read(`${lines.join('\n')}\n`)).toEqual(lines.toReversed());
});

test('a file that does not exist is an error', async () => {
  await expect(linesFromEnd(join(folder, 'none')).next()).rejects.toMatchObject({ code: 'ENOENT' });
});
