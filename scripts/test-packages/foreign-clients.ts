import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inScopeOf, type Tarball, withDependencies } from '../lib/pack-package.ts';
import { readManifest } from '../lib/packages.ts';
import { projectRoot } from '../lib/project.ts';
import { run } from '../lib/tools.ts';
import { tool } from './projects.ts';
import { expect, npmInstall, shell } from './shell.ts';

const own = join(projectRoot, 'scripts/test-packages/foreign-clients');

/**
 * Lets the clients of two generators, openapi-fetch and orval, call through `toFetch`: in a function that is deployed, with the packages from
 * their tarballs. The clients are generated anew from an OpenAPI document, and their types are checked.
 * @param project is made for it
 * @param node the Node that runs the generators and local AWS
 * @throws CommandFailed
 */
export async function callWithForeignClients(
  project: string,
  tarballs: readonly Tarball[],
  node: string,
): Promise<void> {
  await mkdir(project, { recursive: true });
  const root = readManifest();
  for (const name of await readdir(own))
    await writeFile(join(project, name), inScopeOf(root, await readFile(join(own, name), 'utf8')));
  const orders = {
    input: './openapi.json',
    output: {
      target: './generated.ts',
      client: 'fetch',
      override: { mutator: { path: './signed.ts', name: 'signed' } },
    },
  };
  const files = {
    'package.json': '{ "name": "team", "private": true, "type": "module" }\n',
    'orval.config.mjs': `export default ${JSON.stringify({ orders })};\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
  const packed = withDependencies(tarballs, ['signed-fetch', 'local-aws']).map(({ file }) => file);
  const others = [
    '@middy/core@7',
    '@aws/durable-execution-sdk-js@2',
    '@types/aws-lambda@8',
    '@types/node@24',
  ];
  await npmInstall(project, [...packed, 'openapi-fetch@0.17', ...others]);
  await npmInstall(project, ['--save-dev', 'orval@8', 'openapi-typescript@7', 'typescript@5.9']);
  const sh = (command: string) => shell(command, project, node).ended;
  expect(await sh('npx openapi-typescript openapi.json -o paths.ts'), 0, '');
  expect(await sh('npx orval --config orval.config.mjs'), 0, '');
  const strict = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'preserve'];
  await run(
    process.execPath,
    [tool('typescript5/bin/tsc'), ...strict, '--allowImportingTsExtensions', 'caller.ts'],
    project,
  );
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: project,
    entryPoints: ['caller.ts'],
    outfile: join(project, 'bundle.cjs'),
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    logLevel: 'silent',
  });
  await run(node, ['deployed.mjs'], project);
}
