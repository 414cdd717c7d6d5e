import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * The version of the package that a module belongs to, built or not.
 * @param folder of the module: `import.meta.dirname`
 * @throws Error if no package.json above it has a version
 * @example packageVersion(import.meta.dirname) // '0.2.0'
 */
export function packageVersion(folder: string): string {
  return packageOf(folder).version;
}

/**
 * The path of a file in the root of the package that a module belongs to, from the working directory.
 * @param folder of the module: `import.meta.dirname`
 * @throws Error if no package.json above it has a version
 * @example packageFile(import.meta.dirname, 'COMMANDS.md') // 'node_modules/@cross-account-api/cli/COMMANDS.md'
 */
export function packageFile(folder: string, name: string): string {
  return relative(process.cwd(), join(packageOf(folder).root, name));
}

function packageOf(folder: string): { readonly root: string; readonly version: string } {
  const file = join(folder, 'package.json');
  if (existsSync(file)) {
    // That of `dist/cjs` has a type alone.
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version?: string };
    if (version !== undefined) return { root: folder, version };
  }
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`No package.json with a version is above ${folder}.`);
  return packageOf(parent);
}
