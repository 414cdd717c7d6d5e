import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The version of the package that a module belongs to, built or not.
 * @param folder of the module: `import.meta.dirname`
 * @throws Error if no package.json above it has a version
 * @example packageVersion(import.meta.dirname) // '0.2.0'
 */
export function packageVersion(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file)) {
    // That of `dist/cjs` has a type alone.
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version?: string };
    if (version !== undefined) return version;
  }
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`No package.json with a version is above ${folder}.`);
  return packageVersion(parent);
}
