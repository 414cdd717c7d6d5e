import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inScopeOf, type Tarball } from '../lib/pack-package.ts';
import { readManifest } from '../lib/packages.ts';
import { projectRoot } from '../lib/project.ts';
import { CommandFailed, installTools, run } from '../lib/tools.ts';

/** The projects in which the packages are used. They do not depend on this repository. */
export interface Projects {
  /** Has only the packages of functions that call: no middy, no declarations of Node or Lambda. */
  readonly plain: string;
  /** Has all packages, middy, and the declarations of Node and Lambda. */
  readonly full: string;
}

const folder = join(projectRoot, 'scripts/test-packages');

/** Installs the tools beside this file. */
export const installOwnTools = () => installTools(folder);

/** The path of a file of the tools, e.g. `typescript5/bin/tsc`. */
export function tool(path: string): string {
  return join(folder, 'node_modules', path);
}

/** The path of Node 22, which the tools have as a package for each platform. */
export async function findNode22(): Promise<string> {
  const names = await readdir(join(folder, 'node_modules'));
  const name = names.find((candidate) => /^node-(bin-)?(linux|darwin)-(x64|arm64)$/.test(candidate));
  if (name === undefined) {
    throw new CommandFailed(
      `There is no Node 22 for ${process.platform} on ${process.arch} among the tools.`,
    );
  }
  return tool(join(name, 'bin/node'));
}

/** Makes both projects in a folder and installs the packages in them. */
export async function createProjects(target: string, tarballs: readonly Tarball[]): Promise<Projects> {
  const projects = { plain: join(target, 'plain'), full: join(target, 'full') };
  const others = ['local-aws', 'serverless-plugin', 'api-handler', 'cli', 'create'];
  const small = tarballs.filter(({ folder: name }) => !others.includes(name));
  await createProject(projects.plain, small, []);
  await createProject(projects.full, tarballs, [
    '@middy/core@7',
    '@types/aws-lambda@8',
    '@types/node@24',
    '@aws-sdk/client-sts@3',
    'esbuild@0.28',
    // middy's declarations import it.
    '@aws/durable-execution-sdk-js@2',
  ]);
  // The Serverless CLI looks for its plugin here.
  await symlink(tool('serverless-esbuild'), join(projects.full, 'node_modules/serverless-esbuild'));
  const roles = 'serverless-iam-roles-per-function';
  await symlink(join(projectRoot, 'node_modules', roles), join(projects.full, 'node_modules', roles));
  return projects;
}

async function createProject(
  project: string,
  tarballs: readonly Tarball[],
  others: readonly string[],
): Promise<void> {
  await mkdir(project, { recursive: true });
  await writeFile(join(project, 'package.json'), '{ "name": "consumer", "private": true }\n');
  const packages = tarballs.map(({ file }) => file);
  await run(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...packages, ...others],
    project,
  );
  const root = readManifest();
  for (const name of await readdir(join(folder, 'consumer'))) {
    const text = inScopeOf(root, await readFile(join(folder, 'consumer', name), 'utf8'));
    await writeFile(join(project, name), text);
    // middy has no CommonJS.
    if (name.endsWith('.mts') && name !== 'middy.mts')
      await cp(join(project, name), join(project, name.replace('.mts', '.cts')));
  }
}
