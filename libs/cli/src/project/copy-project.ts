import { cp, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createTemporaryFolder } from '@cross-account-api/local-aws/temporary';
import { projectRoot } from './project.ts';

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
