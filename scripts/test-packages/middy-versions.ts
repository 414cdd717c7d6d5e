import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inScopeOf, type Tarball, withDependencies } from '../lib/pack-package.ts';
import { readManifest } from '../lib/packages.ts';
import { projectRoot } from '../lib/project.ts';
import { run } from '../lib/tools.ts';
import { tool } from './projects.ts';
import { npmInstall } from './shell.ts';

const consumer = join(projectRoot, 'scripts/test-packages/consumer');

/** The first and the newest version of each major version of middy that the packages admit beside them. */
export const middyVersions = ['5.5.0', '5', '6.0.0', '6', '7.0.0', '7'] as const;

/**
 * Uses the packages in a project that has another version of middy: npm installs them without a word about peers, the middlewares compile and
 * run in that version, and api-handler answers as ever, with the middy that it brings.
 * @param project is made for it
 * @param version of `@middy/core`
 * @param node the Node that runs the project
 * @throws CommandFailed
 */
export async function useBesideMiddy(
  project: string,
  version: (typeof middyVersions)[number],
  tarballs: readonly Tarball[],
  node: string,
): Promise<void> {
  await mkdir(project, { recursive: true });
  await writeFile(join(project, 'package.json'), '{ "name": "team", "private": true }\n');
  const root = readManifest();
  for (const name of ['import.mjs', 'use.cjs', 'middy.mts']) {
    await writeFile(join(project, name), inScopeOf(root, await readFile(join(consumer, name), 'utf8')));
  }
  const packed = withDependencies(tarballs, ['assume-role', 'signed-fetch', 'contract', 'api-handler']);
  // As the team has it: middy first, and our packages added to that.
  await npmInstall(project, [
    `@middy/core@${version}`,
    ...['valibot@1', '@types/aws-lambda@8', '@types/node@24'],
    // The declarations of middy 7 import it.
    ...(version.startsWith('7') ? ['@aws/durable-execution-sdk-js@2'] : []),
  ]);
  await npmInstall(
    project,
    packed.map(({ file }) => file),
  );
  for (const what of ['middy', 'api-handler']) await run(node, ['import.mjs', what], project);
  const strict = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023', '--types', 'node'];
  await run(
    process.execPath,
    [tool('typescript5/bin/tsc'), ...strict, '--module', 'nodenext', 'middy.mts'],
    project,
  );
}
