import { mkdir, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';

/** The scopes of AWS SDK v3. AWS's runtimes for Node include its packages. */
const SCOPES = ['@aws-sdk', '@smithy'];

/**
 * Makes the function that links the projects' packages of AWS SDK v3 into a folder `node_modules` above the code of all functions.
 * Each call adds new packages. `require` and `import` find them there, after those in the zip. AWS's runtimes have the packages in
 * `/var/runtime/node_modules` (https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html).
 * @param projects absolute paths, by priority: a project, its parent folders, then the next project
 */
export function createSdkLinker(projects: readonly string[]): (workspace: string) => Promise<void> {
  const folders = [...new Set(projects.flatMap(foldersUpFrom))];
  const linked = new Set<string>();
  return async (workspace) => {
    for (const folder of folders) {
      for (const scope of SCOPES) {
        const source = path.join(folder, 'node_modules', scope);
        for (const name of await readdir(source).catch(() => [])) {
          const isNew = !name.startsWith('.') && !linked.has(`${scope}/${name}`);
          const target = path.join(workspace, 'node_modules', scope, name);
          if (isNew && (await link(path.join(source, name), target))) linked.add(`${scope}/${name}`);
        }
      }
    }
  };
}

/** @returns whether the target exists. If not, the error of a function that needs it explains this */
async function link(source: string, target: string): Promise<boolean> {
  try {
    await mkdir(path.dirname(target), { recursive: true });
    await symlink(source, target, 'dir');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST';
  }
}

function foldersUpFrom(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersUpFrom(parent)];
}
