import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inScopeOf, type Tarball } from '../lib/pack-package.ts';
import { packageFolder, readManifest } from '../lib/packages.ts';
import { projectRoot } from '../lib/project.ts';
import { CommandFailed, run } from '../lib/tools.ts';
import { tool } from './projects.ts';
import { expect, npmInstall, shell } from './shell.ts';

const own = join(projectRoot, 'scripts/test-packages/tests-of-handlers');
const libraries = ['assume-role', 'signed-fetch', 'contract'] as const;
const TESTS = 6;

/** How each framework gives a test its function `test`, by the end of the file's name. */
const headers = {
  'test.ts': '',
  'vitest.ts': "import { test } from 'vitest';\n",
  'node-test.ts': "import { test } from 'node:test';\n",
};

/**
 * Tests a handler of somebody else with the entries `testing` of the libraries: the examples of their READMEs and further tests, in Jest, in
 * vitest and in node:test, with the packages from their tarballs. Checks the types, and that nothing of the entries gets into a bundle.
 * @param project is made for it
 * @param nodes the paths of the versions of Node
 * @throws CommandFailed
 */
export async function testHandlersAsUsersDo(
  project: string,
  tarballs: readonly Tarball[],
  nodes: readonly string[],
): Promise<void> {
  await mkdir(project, { recursive: true });
  const root = readManifest();
  const read = async (file: string) => inScopeOf(root, await readFile(file, 'utf8'));
  const tests = await withExamples(await read(join(own, 'tests.ts')), read);
  const files = {
    'package.json': '{ "name": "team", "private": true, "type": "module" }\n',
    'send-order.ts': await read(join(own, 'send-order.ts')),
    ...Object.fromEntries(
      Object.entries(headers).map(([end, header]) => [`send-order.${end}`, `${header}${tests}`]),
    ),
    'vitest.config.mjs': "export default { test: { include: ['*.vitest.ts'] } };\n",
    // As in the READMEs, but without middy: Jest runs CommonJS.
    'jest.config.cjs':
      "module.exports = { testMatch: ['**/*.test.ts'], transform: { '\\\\.ts$': ['@swc/jest', { module: { type: 'commonjs' } }] } };\n",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
  const packed = tarballs.flatMap(({ folder, file }) =>
    libraries.some((name) => name === folder) ? [file] : [],
  );
  await npmInstall(project, [...packed, 'valibot@1']);
  await checkTypes(project, 'send-order.ts');
  await npmInstall(project, [
    '--save-dev',
    'jest@30',
    '@swc/jest@0.2',
    '@swc/core@1',
    '@types/jest@30',
    'vitest@4',
    '@types/node@24',
  ]);
  await checkTypes(project, 'send-order.test.ts', '--types', 'node,jest');
  for (const end of ['vitest.ts', 'node-test.ts']) {
    await checkTypes(project, `send-order.${end}`, '--types', 'node', '--skipLibCheck');
  }
  for (const node of nodes) {
    const sh = (command: string) => shell(command, project, node).ended;
    expect(await sh('npx jest'), 0, `${TESTS} passed`);
    expect(await sh('npx vitest run'), 0, `${TESTS} passed`);
    expect(await sh('node --test send-order.node-test.ts'), 0, `pass ${TESTS}`);
  }
  await checkBundle(project);
}

/** Replaces the comment `README of <library>` of a test by the example of its README, whose imports go to the top. */
async function withExamples(tests: string, read: (file: string) => Promise<string>): Promise<string> {
  let text = tests;
  for (const library of libraries) {
    const readme = await read(join(packageFolder(library), 'README.md'));
    const [, example = ''] =
      /^(?:The entry `\/testing`|\*\*In a test\*\*)[\s\S]*?\n\n((?: {4}.*\n|\n)+)/m.exec(readme) ?? [];
    const lines = example.split('\n').map((line) => line.slice(4));
    const calls = lines.filter((line) => line !== '' && !line.startsWith('import '));
    const place = `// README of ${library}`;
    if (calls.length === 0 || !text.includes(place) || lines.some((line) => isNewImport(line, tests))) {
      throw new CommandFailed(`The README of ${library} has no example of /testing that fits into tests.ts.`);
    }
    text = text.replace(place, () => calls.join('\n'));
  }
  return text;
}

/** Whether a line imports what the tests do not import. */
function isNewImport(line: string, tests: string): boolean {
  return line.startsWith('import ') && !tests.includes(line);
}

/** Checks the types of a file and of all declarations that it uses. */
async function checkTypes(project: string, file: string, ...flags: readonly string[]): Promise<void> {
  const strict = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext'];
  await run(
    process.execPath,
    [tool('typescript5/bin/tsc'), ...strict, '--allowImportingTsExtensions', ...flags, file],
    project,
  );
}

/** @throws CommandFailed if the bundle of a handler has code of the fakes */
async function checkBundle(project: string): Promise<void> {
  const { build } = await import('esbuild');
  const bundle = async (entry: string) => {
    const { outputFiles } = await build({
      absWorkingDir: project,
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
      logLevel: 'silent',
      external: ['vitest'],
    });
    return outputFiles.map(({ text }) => text).join('');
  };
  const isFake = (text: string) => /ASIAFAKE|fake0api/.test(text);
  // Otherwise, these words are no longer those of the fakes.
  if (!isFake(await bundle('send-order.vitest.ts'))) throw new CommandFailed('The fakes have other words.');
  if (isFake(await bundle('send-order.ts'))) throw new CommandFailed('The bundle of the handler has a fake.');
}
