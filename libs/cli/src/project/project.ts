import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

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
