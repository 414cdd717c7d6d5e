import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deploymentWith } from '../deployment.testing.ts';
import { frameworkFor } from '../framework.testing.ts';
import type { FunctionDefinition } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { checkHandlers } from './handlers.ts';

let serviceDir: string;
beforeAll(async () => {
  serviceDir = await mkdtemp(join(tmpdir(), 'handlers-'));
  for (const folder of ['src/report', 'node_modules/ordre', '.esbuild/src']) {
    await mkdir(join(serviceDir, folder), { recursive: true });
  }
  for (const file of [
    'src/order.ts',
    'src/order.test.ts',
    'src/report/index.js',
    'node_modules/ordre/ordre.js',
    '.esbuild/src/ordre.mjs',
  ]) {
    await writeFile(join(serviceDir, file), '');
  }
});
afterAll(() => rm(serviceDir, { recursive: true }));

function check(
  definition: Partial<FunctionDefinition>,
  folder = serviceDir,
  runtime = 'nodejs24.x',
): string | undefined {
  const functions = { order: { name: 'depot-dev-order', ...definition } };
  try {
    const provider = { runtime, compiledCloudFormationTemplate: { Resources: {} } };
    checkHandlers(frameworkFor({ serviceDir: folder, service: { functions, provider } }), deploymentWith());
    return undefined;
  } catch (error) {
    if (error instanceof Mistake) return error.message;
    throw error;
  }
}

test.each([['src/order.handler'], ['./src/order.handler'], ['src/report.handler']])(
  'the handler %s has a file',
  (handler) => {
    expect(check({ handler })).toBeUndefined();
  },
);

test.each([
  ['src/ordre.handler', 'src/ordre.ts', 'src/order.ts', 'src/order.handler'],
  ['order.main', 'order.ts', 'src/order.ts', 'src/order.main'],
  ['src/reports/index.get', 'src/reports/index.ts', 'src/report/index.js', 'src/report.get'],
])(
  'the handler %s is a mistake that names the missing %s and the nearest %s',
  (handler, missing, nearest, correct) => {
    expect(check({ handler })).toBe(
      `The function order has the handler ${handler}, but there is no file ${missing} in ${serviceDir}. The nearest file is ${nearest}, whose handler is ${correct}. Correct serverless.yml, or create the missing file.`,
    );
    expect(check({ handler: correct })).toBeUndefined();
  },
);

test('the handler of a service without any file is a mistake that names the missing file alone', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'handlers-'));
  expect(check({ handler: 'src/order.handler' }, empty)).toMatch(
    /there is no file src\/order\.ts in .*\. Create the file, or correct the handler in serverless\.yml\.$/,
  );
  await rm(empty, { recursive: true });
});

test('a container image and a function that is not bundled need no file', () => {
  expect(check({})).toBeUndefined();
  expect(check({ handler: 'src/ordre.handler', skipEsbuild: true })).toBeUndefined();
});

test('a function of another language, which is not bundled either, needs no file of TypeScript', () => {
  expect(check({ handler: 'py/app.handler', runtime: 'python3.14' })).toBeUndefined();
  expect(check({ handler: 'py/app.handler' }, serviceDir, 'python3.14')).toBeUndefined();
  expect(check({ handler: 'src/ordre.handler', runtime: 'nodejs24.x' }, serviceDir, 'python3.14')).toMatch(
    /there is no file src\/ordre\.ts/,
  );
});
