import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleFunction } from '../../project/bundle-function.ts';
import { pairProject, workInPairProject } from '../../project/pair.testing.ts';
import { bundles, withSources } from './sources.ts';

workInPairProject();

const caller = join(pairProject, 'services/caller');

const firstBundle = async ({ file }: { readonly file: string }) => (await bundles(file))[0];

/** The position of a text in the caller's deployed bundle. */
async function positionOf(text: string): Promise<string> {
  const { outputFiles } = await bundleFunction(caller, 'src/caller.ts');
  const lines = (outputFiles[0]?.text ?? '').split('\n');
  const line = lines.findIndex((each) => each.includes(text));
  return `${line + 1}:${(lines[line] ?? '').indexOf(text) + 1}`;
}

test('a position in a bundle becomes the one in its source, and other text stays', async () => {
  const position = await positionOf('The event cannot be read');
  const trace = `Error\n    at fp (file:///var/task/src/caller.mjs:${position})\n    at async main (/var/runtime/index.mjs:1:2)`;
  const [first, frame = '', last] = (await withSources(trace, firstBundle)).split('\n');
  expect([first, last]).toEqual(['Error', '    at async main (/var/runtime/index.mjs:1:2)']);
  const [, line = ''] = /^ {4}at fp \(services\/caller\/src\/fail\.ts:(\d+):\d+\)$/.exec(frame) ?? [];
  const source = await readFile(join(caller, 'src/fail.ts'), 'utf8');
  expect(source.split('\n')[Number(line) - 1]).toContain('The event cannot be read');
});

test('a position in a file that no service has does not change', async () => {
  const trace = 'at x (file:///var/task/src/other.mjs:1:1)';
  expect(await withSources(trace, firstBundle)).toBe(trace);
});

test.each(['/var/task/node_modules/other', '/var/runtime'])(
  'a position in a file below %s does not change, whatever the file is called',
  async (folder) => {
    const trace = `at x (file://${folder}/src/caller.mjs:1:1)`;
    expect(await withSources(trace, firstBundle)).toBe(trace);
  },
);
