import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from './project.ts';

/** The parts of a package.json that the commands use. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  /** `scope` is the scope under which a fork of this repository publishes its packages. */
  readonly config?: { readonly scope?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Reads the package.json of a folder. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/**
 * Replaces the scope of our packages in a text by the one under which the project publishes them.
 * @example inProjectScope('@cross-account-api/signed-fetch') // @acme/signed-fetch
 */
export function inProjectScope(text: string, root = projectRoot()): string {
  const { scope } = readManifest(root).config ?? {};
  return scope === undefined ? text : text.replaceAll('@cross-account-api/', `${scope}/`);
}

/**
 * Name and version range of one of our packages, as installed in the project's node_modules or in those of a folder above.
 * @throws Error if it is not installed
 */
export function installedPackage(name: string, root = projectRoot()): readonly [name: string, range: string] {
  for (let folder = root; ; folder = dirname(folder)) {
    const installed = join(folder, 'node_modules', name);
    if (existsSync(join(installed, 'package.json'))) return [name, `^${readManifest(installed).version}`];
    if (folder === dirname(folder)) {
      throw new PackageMissing(
        `${name} is not installed in ${root}. Run npm install there. If no package.json there names it, add it first.`,
      );
    }
  }
}

/**
 * The tarball from which the project takes one of our packages. A project that was made from a clone has them in `vendor/`.
 * @returns its absolute path; `undefined` if the package comes from elsewhere
 */
export function vendoredPackage(name: string, root = projectRoot()): string | undefined {
  const { dependencies, devDependencies } = readManifest(root);
  const source = { ...devDependencies, ...dependencies }[inProjectScope(name, root)] ?? '';
  return /^file:.*\.tgz$/.test(source) ? join(root, source.slice('file:'.length)) : undefined;
}

/** The project lacks one of our packages. */
export class PackageMissing extends Error {
  override readonly name = 'PackageMissing';
  readonly code = 'PACKAGE_MISSING';
}
