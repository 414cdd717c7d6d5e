import { existsSync } from 'node:fs';
import { cp, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createTemporaryFolder } from '@cross-account-api/local-aws/temporary';

/** Neither the folder nor one above it has a project. */
export class ProjectNotFound extends Error {
  override readonly name = 'ProjectNotFound';
  readonly code = 'NO_PROJECT';
}

/**
 * The project's root: the nearest folder with a serverless-compose.yml.
 * @param from where to begin. Default: the working directory
 * @throws ProjectNotFound
 */
export function projectRoot(from = process.cwd()): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'serverless-compose.yml'))) return folder;
    if (folder === dirname(folder)) {
      throw new ProjectNotFound(
        `There is no serverless-compose.yml in ${resolve(from)} or above it. Run the command in the folder of a project that has both services.`,
      );
    }
  }
}

/** A copy of the services that can be deployed. */
export interface ProjectCopy {
  readonly root: string;
  remove(): Promise<void>;
}

/** Files that the framework writes into a service's folder, and the stages of this clone. */
const generated = new Set(['.serverless', '.esbuild', 'stages.yml']);

/**
 * Copies the services to a temporary folder, with a link to the installed packages. The framework builds and keeps its state
 * beside the services, so two deployments at once need two folders. If this process is killed, the next start of local AWS removes
 * the folder.
 */
export async function copyProject(): Promise<ProjectCopy> {
  const project = projectRoot();
  const { path: root, close } = await createTemporaryFolder('project');
  try {
    await cp(join(project, 'services'), join(root, 'services'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !generated.has(basename(source)),
    });
    for (const file of ['serverless-compose.yml', 'package.json', 'tsconfig.json']) {
      await cp(join(project, file), join(root, file));
    }
    await symlink(join(project, 'node_modules'), join(root, 'node_modules'));
  } catch (error) {
    await close();
    throw error;
  }
  return { root, remove: close };
}
