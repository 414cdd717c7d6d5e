import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The packages that others can install, by their folder below `libs/`. */
export const packageNames = ['assume-role', 'signed-fetch', 'contract', 'local-aws'] as const;

/** What the package.json of a package says, as far as the scripts use it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly repository?: string | { readonly url: string; readonly directory?: string };
  readonly engines?: Readonly<Record<string, string>>;
  readonly keywords?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The folder of a package. */
export function packageFolder(name: string): string {
  return join(root, 'libs', name);
}

/** Reads the package.json of a folder. */
export function readManifest(folder = root): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
