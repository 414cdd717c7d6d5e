import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.ts';

/** The packages that others can install, by their folder below `libs/`. Each comes after its dependencies. */
export const packageNames = [
  'command-line',
  'iam',
  'assume-role',
  'signed-fetch',
  'contract',
  'api-handler',
  'serverless-plugin',
  'local-aws',
  'cli',
  'create',
] as const;

/** The folder of a package below `libs/`. */
export type PackageName = (typeof packageNames)[number];

/**
 * The versions of Node on which each package runs, once it is published. Not in the manifests of the sources: npm would warn of each of
 * them, twice, whoever installs this repository with an older Node in front, though nothing here runs on that.
 */
export const nodeRanges: Readonly<Record<PackageName, string>> = {
  'command-line': '>=22',
  iam: '>=22',
  'assume-role': '>=22.3',
  'signed-fetch': '>=22.3',
  contract: '>=22',
  'api-handler': '^22.13.0 || >=24.5.0',
  'serverless-plugin': '^22.18.0 || >=24.5.0',
  'local-aws': '^22.13.0 || >=24.5.0',
  cli: '^22.18.0 || >=24.5.0',
  create: '^22.18.0 || >=24.5.0',
};

/** A form of JavaScript in which a package is built. */
export type Format = 'esm' | 'cjs';

/** The packages that depend on packages with only ES modules, so that they have only ES modules, too. */
const esModulesOnly: ReadonlySet<string> = new Set<PackageName>(['api-handler', 'cli', 'create']);

/** The formats of a package. @param name its folder below `libs/` */
export function formatsOf(name: string): readonly Format[] {
  return esModulesOnly.has(name) ? ['esm'] : ['esm', 'cjs'];
}

/**
 * The packages with only ES modules that CommonJS may require, as Node can: they get declarations for CommonJS. A program in TypeScript
 * that is CommonJS could not import them with `--module node16` or `node18`.
 */
const requirable: ReadonlySet<string> = new Set<PackageName>(['api-handler']);

/** The formats of a package's declarations. @param name its folder below `libs/` */
export function typedFormatsOf(name: string): readonly Format[] {
  return requirable.has(name) ? ['esm', 'cjs'] : formatsOf(name);
}

/** `exports` of a package.json. Sources name one file for each entry, published packages one for each format. */
export type Exports = Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;

/** The parts of a package.json that the scripts use. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly keywords?: readonly string[];
  readonly repository?: { readonly type: string; readonly url: string; readonly directory?: string };
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  /** In the root only: `scope` is the scope under which the packages are published. */
  readonly config?: { readonly scope?: string };
  readonly exports?: Exports;
  /** In a published package: the entry `.`, and the declarations of each entry, for those who read no `exports`. */
  readonly main?: string;
  readonly types?: string;
  readonly typesVersions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** The folder of a package. */
export function packageFolder(name: string): string {
  return join(projectRoot, 'libs', name);
}

/** Reads the package.json of a folder. */
export function readManifest(folder = projectRoot): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
