import { mkdir, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';

/** The scopes of AWS SDK v3, whose packages AWS's runtimes for Node have. */
const SCOPES = ['@aws-sdk', '@smithy'];

/**
 * Makes the function that links the packages of AWS SDK v3 that projects have by now, for functions that are deployed without them.
 * AWS's runtimes have them in `/var/runtime/node_modules` (https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html). Here
 * they are linked into a folder `node_modules` above the code of all functions. Node finds them there by `require` and by `import`,
 * after those in the zip.
 * @param projects folders, absolute. The packages of the first one come first, and those of its parents after its own
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

/** @returns whether the target is there. If it is not, the error of the function that needs it says so */
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
