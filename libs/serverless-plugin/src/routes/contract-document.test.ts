import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { staleDocument } from './contract-document.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contract-'));
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'package.json'), '{ "version": "1.2.3", "type": "module" }');
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes the contract's modules. @param paths of its document */
async function contract(paths: object, schemas: object = {}): Promise<void> {
  const document = `{ info: { version }, paths: ${JSON.stringify(paths)}, components: ${JSON.stringify({ schemas })} }`;
  await writeFile(
    join(folder, 'src/operations.ts'),
    `export const make = (version: string) => (${document});\n`,
  );
  await writeFile(
    join(folder, 'src/document.ts'),
    `import { make } from './operations.ts';\nexport function openApiDocument(version: string): object { return make(version); }\n`,
  );
}

const write = (paths: object, version = '1.2.3') =>
  writeFile(
    join(folder, 'openapi.json'),
    `${JSON.stringify({ info: { version }, paths, components: { schemas: {} } }, null, 2)}\n`,
  );

test('a document that the contract makes is not stale, however it is formatted', async () => {
  await contract({ '/orders': { get: {} } });
  await write({ '/orders': { get: {} } });
  expect(await staleDocument(folder)).toBeUndefined();
});

test('a stale document is named with what it lacks, has too much and describes differently, and with the command that writes it', async () => {
  await contract({ '/orders': { get: { operationId: 'new' }, post: {} } });
  await write({ '/orders': { get: { operationId: 'old' }, delete: {} } });
  expect(await staleDocument(folder)).toBe(
    'services/contract/openapi.json is older than the contract: it lacks POST /orders, and it still has DELETE /orders, and it describes GET /orders differently. Write it: npm run openapi',
  );
});

test('other words do not make a document stale, but a property that is called description does', async () => {
  const order = (properties: object) => ({
    get: { summary: 'a', requestBody: { description: 'b', properties } },
  });
  await contract({ '/orders': order({ description: { type: 'string' } }) });
  const written = order({ description: { type: 'string' } });
  written.get.summary = 'c';
  written.get.requestBody.description = 'd';
  await write({ '/orders': written });
  expect(await staleDocument(folder)).toBeUndefined();
  await write({ '/orders': order({}) });
  expect(await staleDocument(folder)).toContain('it describes GET /orders differently');
});

test('a module that is changed and saved counts at once, in the same process', async () => {
  await contract({ '/orders': { get: {} } });
  await write({ '/orders': { get: {} } });
  expect(await staleDocument(folder)).toBeUndefined();
  await contract({ '/orders': { get: {}, post: {} } });
  expect(await staleDocument(folder)).toContain('it lacks POST /orders');
});

test.each([
  ['another version', () => write({}, '1.2.2'), 'its version or its schemas differ'],
  ['text that is not JSON', () => writeFile(join(folder, 'openapi.json'), '<<<<<<< HEAD'), 'schemas differ'],
  ['no file', async () => {}, 'There is no services/contract/openapi.json. Write it: npm run openapi'],
])('%s is stale', async (_what, prepare, message) => {
  await contract({});
  await prepare();
  expect(await staleDocument(folder)).toContain(message);
});

test('a contract that cannot be loaded is an error with the reason, and without a stack', async () => {
  await contract({});
  await writeFile(
    join(folder, 'src/operations.ts'),
    'export function make() { throw new Error("no such schema"); }',
  );
  await write({});
  expect(await staleDocument(folder)).toMatch(/src\/document\.ts fails: no such schema$/);
});

test('a contract without modules has no document to compare with', async () => {
  await rm(join(folder, 'src'), { recursive: true });
  expect(await staleDocument(folder)).toBeUndefined();
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'src/document.ts'), 'export {};');
  expect(await staleDocument(folder)).toBeUndefined();
});
