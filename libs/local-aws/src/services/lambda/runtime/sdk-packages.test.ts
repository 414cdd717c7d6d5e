import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { storedZip } from '../code/stored-zip.ts';
import { type LambdaFixture, lambdaFixture } from '../lambda.testing.ts';

let project: string;
let lambda: LambdaFixture;
beforeEach(async () => {
  project = await realpath(await mkdtemp(path.join(tmpdir(), 'sdk-')));
  lambda = lambdaFixture({ projects: [path.join(project, 'services/api'), path.join(project, 'other')] });
});
afterEach(async () => {
  await lambda.service.close();
  await rm(project, { recursive: true });
});

/** Installs a package that exports its location. */
async function install(folder: string, name: string, source?: string): Promise<void> {
  const target = path.join(project, folder, 'node_modules', name);
  await mkdir(target, { recursive: true });
  await writeFile(path.join(target, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
  await writeFile(
    path.join(target, 'index.js'),
    source ?? `exports.where = ${JSON.stringify(path.join(folder, name))}`,
  );
}

async function invoke(files: Record<string, string>) {
  await lambda.deploy('work', '', { Code: { ZipFile: storedZip(files).toString('base64') } });
  return (await lambda.invoke('work')).json;
}

test('require and import find the AWS SDK of the project and its dependencies', async () => {
  await install('.', '@aws-sdk/client-a', `exports.where = require('@smithy/b').where + require('c').where`);
  await install('.', '@smithy/b');
  await install('.', 'c');
  const handler =
    'exports.handler = async () => [a.where, (await import("@aws-sdk/client-a")).default.where];';
  expect(await invoke({ 'index.js': `const a = require('@aws-sdk/client-a'); ${handler}` })).toEqual([
    '@smithy/bc',
    '@smithy/bc',
  ]);
});

test('a function uses its own package, or else the nearest one of the projects', async () => {
  for (const folder of ['.', 'services/api', 'other']) await install(folder, '@aws-sdk/near');
  for (const folder of ['.', 'other']) await install(folder, '@aws-sdk/far');
  await install('other', '@aws-sdk/elsewhere');
  await install('.', '@aws-sdk/own');
  const names = ['near', 'far', 'elsewhere', 'own'];
  const required = names.map((name) => `require('@aws-sdk/${name}').where`).join();
  expect(
    await invoke({
      'index.js': `exports.handler = async () => [${required}]`,
      'node_modules/@aws-sdk/own/index.js': `exports.where = 'zip'`,
    }),
  ).toEqual(['services/api/@aws-sdk/near', '@aws-sdk/far', 'other/@aws-sdk/elsewhere', 'zip']);
});

test('a function cannot load other packages of the project, as on AWS', async () => {
  await install('.', 'left-pad');
  const failed = await invoke({ 'index.js': `exports.handler = require('left-pad')` });
  expect(failed).toMatchObject({ errorType: 'Runtime.ImportModuleError' });
  expect(failed.errorMessage).toMatch(/^Error: Cannot find module 'left-pad'/);
  expect(failed.errorMessage).not.toContain('AWS SDK');
});

const HINT =
  'AWS’s runtime nodejs24.x brings AWS SDK v3, and with it this package. Local AWS takes it from the project, which does not have it: run "npm install --save-dev @aws-sdk/client-a" there, or bundle the package into the zip (serverless-esbuild: `exclude: []`).';

test.each([
  ['during its init', { 'index.js': `exports.handler = require('@aws-sdk/client-a/x')` }],
  ['during its init as an ES module', { 'index.mjs': `export { handler } from '@aws-sdk/client-a'` }],
  ['during an invocation', { 'index.js': `exports.handler = async () => require('@aws-sdk/client-a')` }],
])(
  'if a function needs the AWS SDK %s and the project lacks it, the error says that AWS has it',
  async (_when, files) => {
    const failed = await invoke(files);
    expect(failed.errorMessage).toMatch(/Cannot find (module|package) '@aws-sdk\/client-a/);
    expect(failed.errorMessage).toContain(HINT);
    expect(lambda.logged.get('/aws/lambda/work')?.join('\n')).toContain('npm install --save-dev');
  },
);

test('nothing is said about packages that are missing after it, which AWS does not have either', async () => {
  const source = `require('@aws-sdk/client-a'); require('left-pad'); exports.handler = async () => 1`;
  const first = await invoke({ 'index.js': source });
  expect(first.errorMessage).not.toMatch(/works there|no error/);
  await install('.', '@aws-sdk/client-a');
  const second = (await lambda.invoke('work')).json;
  expect(second.errorMessage).toMatch(/^Error: Cannot find module 'left-pad'/);
  expect(second.errorMessage).not.toContain('AWS SDK');
});

test('the next cold start finds a package that was installed after a failure', async () => {
  const failed = await invoke({ 'index.js': `exports.handler = require('@aws-sdk/client-a').handler` });
  expect(failed.errorType).toBe('Runtime.ImportModuleError');
  await install('.', '@aws-sdk/client-a', `exports.handler = async () => 'found'`);
  expect((await lambda.invoke('work')).json).toBe('found');
});
