import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inScopeOf } from '../lib/pack-package.ts';
import { packageFolder, readManifest } from '../lib/packages.ts';
import { projectRoot } from '../lib/project.ts';
import { CommandFailed, run } from '../lib/tools.ts';
import { expect, npmInstall, shell } from './shell.ts';

const own = join(projectRoot, 'scripts/test-packages/tests-of-users');

/**
 * Tests a service of somebody else with the entry `testing`: the test of the README in Jest and in vitest 4 and 5, and one of node:test, each
 * with the package from its tarball. Types are checked, too: of all tests together, and of those in vitest without the declarations of Jest.
 * @param project has the service of the quick start, and local AWS
 * @throws CommandFailed
 */
export async function testAsUsersDo(project: string, node: string): Promise<void> {
  // The framework packs dependencies that are not for development.
  await npmInstall(project, [
    '--save-dev',
    ...['jest@30', '@swc/jest@0.2', '@swc/core@1', '@types/jest@30'],
    ...['typescript@5.9', '@types/node@24'],
  ]);
  const sh = (command: string) => shell(command, project, node).ended;
  expect(await sh('npx sls package --stage local'), 0, '');
  const packaged = await readFile(join(project, '.serverless/serverless-state.json'), 'utf8');

  const root = readManifest();
  const readme = inScopeOf(root, await readFile(join(packageFolder('local-aws'), 'README.md'), 'utf8'));
  const section = /^## In your tests\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const [, example = ''] = /```ts\n(.*?)```/s.exec(section) ?? [];
  if (example.split('\n').length - 1 > 16)
    throw new CommandFailed('The first test of the README is too long.');
  const ofVitest = `import { afterAll, beforeAll, expect, test } from 'vitest';\n`;
  const files = {
    'hello.test.ts': example,
    'hello.vitest.ts': `${ofVitest}${example}`,
    'vitest.config.mjs': `export default { test: { include: ['*.vitest.ts'], testTimeout: 60000, hookTimeout: 60000 } };\n`,
    'jest.config.cjs': `module.exports = { testMatch: ['**/*.test.ts', '**/*.failing.ts'], testTimeout: 60000, transform: { '\\\\.ts$': '@swc/jest' } };\n`,
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'esnext',
        strict: true,
        noEmit: true,
        types: ['node', 'jest'],
      },
      include: ['*.test.ts', '*.failing.ts', '*.vitest.ts'],
    }),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
  for (const name of ['hello.node-test.mjs', 'refused.failing.ts']) {
    await writeFile(join(project, name), inScopeOf(root, await readFile(join(own, name), 'utf8')));
  }

  expect(await sh('npx jest hello.test'), 0, '1 passed');
  expect(await sh('node --test hello.node-test.mjs'), 0, 'pass 3');
  const failed = await sh('npx jest refused');
  expect(failed, 1, 'The call must be denied. It was allowed by ');
  const tsc = (...flags: readonly string[]) =>
    run(node, [join(project, 'node_modules/typescript/bin/tsc'), ...flags], project);
  for (const version of ['4', '5']) {
    await npmInstall(project, ['--save-dev', `vitest@${version}`]);
    expect(await sh('npx vitest run'), 0, '1 passed');
    await tsc();
    await tsc('--noEmit', '--strict', '--module', 'nodenext', '--types', 'node', 'hello.vitest.ts');
  }
  if ((await readFile(join(project, '.serverless/serverless-state.json'), 'utf8')) !== packaged) {
    throw new CommandFailed('A test has changed the package of the service.');
  }
}
