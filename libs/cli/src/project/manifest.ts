import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.ts';

/** The parts of a package.json that the commands use. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  /** `scope` is the scope under which a fork of this repository publishes its packages. */
  readonly config?: { readonly scope?: string };
}

/** Reads the package.json of a folder. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/**
 * Replaces the scope of our packages in a text by the one under which the project publishes them.
 * @example inProjectScope('npm install @cross-account-api/signed-fetch') // npm install @acme/signed-fetch
 */
export function inProjectScope(text: string, root = projectRoot()): string {
  const { scope } = readManifest(root).config ?? {};
  return scope === undefined ? text : text.replaceAll('@cross-account-api/', `${scope}/`);
}

/** Name and version range of one of our packages, as the project has it installed. */
export function installedPackage(name: string, root = projectRoot()): readonly [name: string, range: string] {
  return [name, `^${readManifest(join(root, 'node_modules', name)).version}`];
}
