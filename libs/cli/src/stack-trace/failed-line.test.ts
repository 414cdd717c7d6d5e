import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunction } from '../project/bundle-function.ts';
import { pairProject, workInPairProject } from '../project/pair.testing.ts';
import { failedLine } from './failed-line.ts';

workInPairProject();

let deployed: string;
let code: string;
beforeAll(async () => {
  deployed = await mkdtemp(join(tmpdir(), 'deployed-'));
  await mkdir(join(deployed, 'src'));
  const { outputFiles } = await bundleFunction(join(pairProject, 'services/caller'), 'src/caller.ts');
  code = outputFiles[0]?.text ?? '';
});
afterAll(() => rm(deployed, { recursive: true }));

/** A stack whose innermost lines are of a library and of Node, in the deployed file. */
function stackTo(text: string): readonly string[] {
  const before = code.slice(0, code.indexOf(text)).split('\n');
  const file = `file://${deployed}/src/caller.mjs`;
  return [
    'at node:internal/process/task_queues:104:5',
    `at fp (${file}:${before.length}:${(before.at(-1) ?? '').length + 1})`,
    'at async main (/var/runtime/index.mjs:1:2)',
  ];
}

const locate = (stack: readonly string[]) =>
  failedLine()({ functionArn: 'arn', errorType: 'Error', errorMessage: '', stack });

test('the line of a failure is the first of its stack that is in a service, mapped to the source', async () => {
  await writeFile(join(deployed, 'src/caller.mjs'), code);
  const line = await locate(stackTo('The event cannot be read'));
  expect(line).toMatch(/^at fp \(services\/caller\/src\/fail\.ts:\d+:\d+\)$/);
});

test('the line of a failure is found after local AWS has removed the deployed file', async () => {
  await rm(join(deployed, 'src/caller.mjs'), { force: true });
  expect(await locate(stackTo('The event cannot be read'))).toContain('services/caller/src/fail.ts');
});

test('a failure of code that differs from the sources has no line: it would be a wrong one', async () => {
  await writeFile(join(deployed, 'src/caller.mjs'), `${code}\n// changed`);
  expect(await locate(stackTo('The event cannot be read'))).toBeUndefined();
});

test('a stack without a line of a bundle has no line of a source', async () => {
  expect(await locate(['at node:fs:1:2'])).toBeUndefined();
  expect(await locate([])).toBeUndefined();
});

test('a function whose sources cannot be bundled has no line', async () => {
  const failing = failedLine(() => Promise.reject(new Error('Build failed')));
  const stack = ['at a (file:///var/task/src/caller.mjs:1:2)'];
  expect(await failing({ functionArn: 'arn', errorType: 'Error', errorMessage: '', stack })).toBeUndefined();
});
