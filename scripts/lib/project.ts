import { cp, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createTemporaryFolder } from '../../libs/local-aws/src/temporary/index.ts';

/** The repository's root. */
export const projectRoot = join(import.meta.dirname, '../..');

/**
 * Flags for a Node process that runs a script: the packages of this repository resolve to their sources, which are compiled once.
 */
export const nodeFlags: readonly string[] = [
  '--conditions=@cross-account-api/source',
  `--import=${join(import.meta.dirname, 'compile-cache.js')}`,
];

/** A copy of the services that can be deployed. */
export interface ProjectCopy {
  readonly root: string;
  remove(): Promise<void>;
}

/** What the framework writes into a service's folder, and the stages of this clone. */
const generated = new Set(['.serverless', '.esbuild', 'stages.yml']);

/**
 * Copies the services to a temporary folder, with links to libraries and packages. The framework builds and keeps its state
 * beside the services, so two deployments at once need two folders. If this process is killed, the next start of local AWS removes
 * the folder.
 */
export async function copyProject(): Promise<ProjectCopy> {
  const { path: root, close } = await createTemporaryFolder('project');
  await cp(join(projectRoot, 'services'), join(root, 'services'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !generated.has(basename(source)),
  });
  for (const file of ['serverless-compose.yml', 'package.json', 'tsconfig.json']) {
    await cp(join(projectRoot, file), join(root, file));
  }
  for (const folder of ['node_modules', 'libs']) {
    await symlink(join(projectRoot, folder), join(root, folder));
  }
  return { root, remove: close };
}
