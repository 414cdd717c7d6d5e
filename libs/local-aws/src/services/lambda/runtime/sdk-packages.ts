import { mkdir, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';

/** The scopes of AWS SDK v3, whose packages AWS's runtimes for Node have. */
const SCOPES = ['@aws-sdk', '@smithy'];

/**
 * The packages of AWS SDK v3 that a project has, for functions that are deployed without them. AWS's runtimes have them in
 * `/var/runtime/node_modules` (https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html). Here they are linked into a folder
 * `node_modules` above the code of all functions. Node finds them there by `require` and by `import`, after those in the zip.
 */
export class SdkPackages {
  readonly #folders: readonly string[];
  readonly #linked = new Set<string>();

  /** @param projects folders of projects, absolute. The packages of the first one come first, and those of its parents after its own */
  constructor(projects: readonly string[]) {
    this.#folders = [...new Set(projects.flatMap(foldersUpFrom))];
  }

  /**
   * Links what the projects have by now. A package that was installed since the last call is found from then on. One that cannot be
   * linked is missing, and the error of the function that needs it says so.
   */
  async link(workspace: string): Promise<void> {
    for (const folder of this.#folders) {
      for (const scope of SCOPES) {
        const source = path.join(folder, 'node_modules', scope);
        const names = (await readdir(source).catch(() => [])).filter((name) => !name.startsWith('.'));
        for (const name of names)
          await this.#linkPackage(`${scope}/${name}`, path.join(source, name), workspace);
      }
    }
  }

  async #linkPackage(name: string, source: string, workspace: string): Promise<void> {
    if (this.#linked.has(name)) return;
    const target = path.join(workspace, 'node_modules', name);
    try {
      await mkdir(path.dirname(target), { recursive: true });
      await symlink(source, target, 'dir');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return;
    }
    this.#linked.add(name);
  }
}

function foldersUpFrom(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersUpFrom(parent)];
}
