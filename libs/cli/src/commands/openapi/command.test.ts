import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pairProject } from '../../project/pair.testing.ts';
import { runInProcess } from '../../run-in-process.testing.ts';

/** A project whose contract has the document of the tests' pair. */
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'openapi-'));
  await mkdir(join(root, 'services/contract/src'), { recursive: true });
  await cp(join(pairProject, 'serverless-compose.yml'), join(root, 'serverless-compose.yml'));
  await cp(join(pairProject, 'package.json'), join(root, 'package.json'));
  await declare('1.0.0');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const contract = (file: string) => join(root, 'services/contract', file);

/** Gives the contract a version, without some of its routes. */
async function declare(version: string, without: readonly string[] = []): Promise<void> {
  const document = JSON.parse(await readFile(join(pairProject, 'services/contract/openapi.json'), 'utf8'));
  for (const path of without) delete document.paths[path];
  await writeFile(contract('package.json'), JSON.stringify({ name: 'operations', version }));
  // A module is loaded only once.
  jest.resetModules();
  await writeFile(
    contract('src/document.ts'),
    `export const openApiDocument = (version: string) => ({ ...${JSON.stringify(document)}, info: { title: 'Pair', version } });\n`,
  );
}

const openapi = (...options: string[]) => runInProcess(['openapi', ...options], root);

test('openapi writes the document with the version of the contract, and keeps it as the last release if asked to', async () => {
  expect(await openapi()).toMatchObject({ exitCode: 0, stdout: 'services/contract/openapi.json\n' });
  expect(JSON.parse(await readFile(contract('openapi.json'), 'utf8')).info.version).toBe('1.0.0');
  expect(await readdir(contract('.'))).not.toContain('released.json');
  expect((await openapi('--release')).stdout).toBe(
    'services/contract/openapi.json\nservices/contract/released.json\n',
  );
  expect(await readFile(contract('released.json'), 'utf8')).toBe(
    await readFile(contract('openapi.json'), 'utf8'),
  );
});

test('openapi --check writes nothing, and says that there is no last release', async () => {
  const before = await readdir(contract('.'));
  expect(await openapi('--check')).toMatchObject({
    exitCode: 0,
    stdout:
      'The contract has no last release. Keep this one as the last release: npm run openapi -- --release\n',
  });
  expect(await readdir(contract('.'))).toEqual(before);
});

test('openapi --check fails if clients of the last release break, until the major version is higher', async () => {
  await openapi('--release');
  expect(await openapi('--check')).toMatchObject({ exitCode: 0, stderr: '' });
  await declare('1.1.0', ['/sender']);
  const { exitCode, stderr } = await openapi('--check');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^GET \/sender: the route was removed\nClients of version 1\.0\.0 would break\. .*npm run openapi -- --release$/m,
  );
  await declare('2.0.0', ['/sender']);
  expect((await openapi('--check')).exitCode).toBe(0);
});

test('the remedies of openapi --check help: to keep the contract as the last release', async () => {
  await openapi('--release');
  await declare('1.1.0', ['/sender']);
  await openapi('--release');
  expect((await openapi('--check')).exitCode).toBe(0);
});

test('openapi takes only one of --check and --release', async () => {
  expect(await openapi('--check', '--release')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('give only one'),
  });
});

/** Gives the contract operations, written in TypeScript. */
async function declareOperations(version: string, operations: string): Promise<void> {
  await writeFile(contract('package.json'), JSON.stringify({ name: 'operations', version }));
  jest.resetModules();
  const openapiModule = join(__dirname, '../../../../contract/src/openapi.ts');
  await writeFile(
    contract('src/document.ts'),
    `import { describeApi } from ${JSON.stringify(openapiModule)};
import * as v from ${JSON.stringify(require.resolve('valibot'))};
const common = { method: 'POST', path: '/orders', summary: 'Orders.', status: 200 };
export const openApiDocument = (version) =>
  describeApi({ title: 'Orders', version, domains: ['amazonaws.com'], operations: ${operations} });\n`,
  );
}

test('openapi warns of each rule that is not in the document, and --check says which rules it does not compare', async () => {
  const check = (message: string) => `v.pipe(v.string(), v.check(() => true, '${message}'))`;
  const order = (...rules: string[]) =>
    `{ order: { ...common, request: v.object({ ${rules.join(', ')} }) } }`;
  await declareOperations('1.0.0', order(`iban: ${check('must be an IBAN')}`, `old: ${check('is old')}`));
  expect(await openapi('--release')).toMatchObject({
    exitCode: 0,
    stderr:
      'order.request.iban: JSON Schema cannot express "check: must be an IBAN". Only the handler enforces it; services/contract/openapi.json names it.\n' +
      'order.request.old: JSON Schema cannot express "check: is old". Only the handler enforces it; services/contract/openapi.json names it.\n',
  });
  await declareOperations(
    '1.1.0',
    order(`iban: ${check('must be an IBAN')}`, 'old: v.pipe(v.string(), v.maxBytes(9))'),
  );
  expect(await openapi('--check')).toMatchObject({
    exitCode: 0,
    stderr: '',
    stdout: `These rules are not compared, because JSON Schema cannot express them:
  order.request.iban: check: must be an IBAN
  order.request.old: check: is old (removed since 1.0.0)
  order.request.old: maxBytes(9) (new since 1.0.0)
The contract keeps its promises to clients of version 1.0.0.
`,
  });
});

test('openapi says which part of which operation cannot be sent, without a stack', async () => {
  await declareOperations('1.0.0', '{ order: { ...common, request: v.object({ due: v.date() }) } }');
  expect(await openapi()).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'order.request.due: JSON has no dates. Write v.pipe(v.string(), v.isoTimestamp()).\n',
  });
});
