import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { FunctionFailure } from '@cross-account-api/local-aws/explain';
import { bundleFunction } from '../../project/bundle-function.ts';
import { pairProject, workInPairProject } from '../../project/pair.testing.ts';
import { failedLine } from './failed-line.ts';
import { type Bundles, bundles } from './sources.ts';

workInPairProject();

let code: string;
beforeAll(async () => {
  const { outputFiles } = await bundleFunction(join(pairProject, 'services/caller'), 'src/caller.ts');
  code = outputFiles[0]?.text ?? '';
});

/** A stack whose innermost lines are of a library and of Node, in the deployed file. */
function stackTo(text: string): readonly string[] {
  const before = code.slice(0, code.indexOf(text)).split('\n');
  const file = 'file:///tmp/local-aws-lambda-1/code-1/src/caller.mjs';
  return [
    'at node:internal/process/task_queues:104:5',
    `at fp (${file}:${before.length}:${(before.at(-1) ?? '').length + 1})`,
    'at async main (/var/runtime/index.mjs:1:2)',
  ];
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Local AWS records what ran when the function fails. */
const failure = (stack: readonly string[], ran = code): FunctionFailure => ({
  functionArn: 'arn',
  errorType: 'Error',
  errorMessage: '',
  stack,
  files: { 'src/caller.mjs': sha256(ran) },
});

test('the line of a failure is the first of its stack that is in a service, mapped to the source', async () => {
  expect(await failedLine()(failure(stackTo('The event cannot be read')))).toEqual({
    line: expect.stringMatching(/^at fp \(services\/caller\/src\/fail\.ts:\d+:\d+\)$/),
  });
});

test('a failure of code that differs from the sources has no line: it would be a wrong one', async () => {
  const failed = failure(stackTo('The event cannot be read'), `${code}\n// changed`);
  expect(await failedLine()(failed)).toEqual({ sourcesDiffer: true });
});

test('a failure of code that nobody recorded has no line', async () => {
  const { files, ...failed } = failure(stackTo('The event cannot be read'));
  expect(await failedLine()(failed)).toEqual({ sourcesDiffer: true });
});

test('a stack without a line of a bundle has no line of a source', async () => {
  expect(await failedLine()(failure(['at node:fs:1:2']))).toBeUndefined();
  expect(await failedLine()(failure([]))).toBeUndefined();
});

test('a function whose sources cannot be bundled has no line until they can', async () => {
  let isBroken = true;
  const find: Bundles = (file) => (isBroken ? Promise.reject(new Error('Build failed')) : bundles(file));
  const locate = failedLine(find);
  const failed = failure(stackTo('The event cannot be read'));
  expect(await locate(failed)).toEqual({ sourcesDiffer: true });
  isBroken = false;
  expect(await locate(failed)).toHaveProperty('line');
});
