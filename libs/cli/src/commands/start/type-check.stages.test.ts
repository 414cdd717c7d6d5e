import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTypeChecker, type TypeChecker } from './type-check.ts';

let project: string;
let source: string;
let temporary: string;
let checker: TypeChecker | undefined;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'types-'));
  temporary = await mkdtemp(join(tmpdir(), 'temporary-'));
  source = join(project, 'handler.ts');
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    noEmit: true,
    allowImportingTsExtensions: true,
  };
  // Other files of the project do not count.
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['.'] }));
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  await writeFile(join(project, 'other.ts'), 'export const other: string = 1;\n');
  await symlink(join(__dirname, '../../../../../node_modules'), join(project, 'node_modules'));
  checker = createTypeChecker(project, temporary);
});
afterAll(async () => {
  checker?.close();
  expect(await readdir(temporary)).toEqual([]);
  await rm(project, { recursive: true });
  await rm(temporary, { recursive: true });
});

test('errors of a handler and of what it imports are found, each with its place, until they are repaired', async () => {
  await writeFile(source, "import { value } from './value.ts';\nexport const handler: number = value;\n");
  await writeFile(
    join(project, 'value.ts'),
    "export const value = '1';\nexport const broken: string = value.x;\n",
  );
  expect(await checker?.check([source])).toEqual([
    expect.stringMatching(
      /^handler\.ts\(2,14\): error TS2322: Type 'string' is not assignable to type 'number'\.$/,
    ),
    expect.stringMatching(/^value\.ts\(2,37\): error TS2339: /),
  ]);
  await writeFile(join(project, 'value.ts'), 'export const value = 1;\n');
  expect(await checker?.check([source])).toEqual([]);
});

test('a later check ends the one that runs', async () => {
  await writeFile(source, 'export const handler: number = "1";\n');
  const [first, second] = await Promise.all([checker?.check([source]), checker?.check([source])]);
  expect(first).toBeUndefined();
  expect(second).toHaveLength(1);
});

test('a check that runs when the checker is closed leaves nothing', async () => {
  const closed = createTypeChecker(project, temporary);
  const running = closed?.check([source]);
  closed?.close();
  expect(await running).toBeUndefined();
  expect(await closed?.check([source])).toBeUndefined();
  expect(await readdir(temporary)).toHaveLength(1);
});

test('a project without TypeScript or without tsconfig.json is not checked', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'empty-'));
  expect(createTypeChecker(empty)).toBeUndefined();
  await symlink(join(__dirname, '../../../../../node_modules'), join(empty, 'node_modules'));
  expect(createTypeChecker(empty)).toBeUndefined();
  await rm(empty, { recursive: true });
});
