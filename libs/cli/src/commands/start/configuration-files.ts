import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Files of the project on which both services depend. */
const COMMON = ['serverless-compose.yml', 'services/stages.yml', 'services/esbuild.config.cjs'];

/**
 * Finds the files whose changes need a deployment of the whole service: its serverless.yml, the files that it names with
 * `${file(…)}`, and the files that both services share.
 * @param root the project's folder
 * @param folders the services' folders, from the root
 * @returns absolute paths. A file need not exist
 */
export async function findConfigurationFiles(
  root: string,
  folders: readonly string[],
): Promise<ReadonlySet<string>> {
  const files = new Set(COMMON.map((file) => join(root, file)));
  for (const folder of folders.map((each) => join(root, each))) {
    const file = join(folder, 'serverless.yml');
    files.add(file);
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const [, path = ''] of text.matchAll(/\$\{file\(([^)]+)\)/g)) {
      if (!path.includes('node_modules')) files.add(resolve(folder, path.trim()));
    }
  }
  return files;
}
