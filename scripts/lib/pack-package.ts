import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Steps } from '../../libs/cli/src/steps.ts';
import { type Manifest, packageFolder, packageNames, readManifest } from './packages.ts';

/** The scope of the packages in this repository. */
const SOURCE_SCOPE = '@cross-account-api';

/** The export condition with which this repository resolves its packages to their sources. */
const SOURCE_CONDITION = '@cross-account-api/source';

/** A packed package. */
export interface Tarball {
  /** The folder below `libs/`. */
  readonly folder: string;
  /** The name under which it is published, e.g. `@acme/assume-role`. */
  readonly name: string;
  /** The absolute path of the `.tgz`. */
  readonly file: string;
  /** The paths in the tarball, e.g. `package.json`. */
  readonly contents: readonly string[];
}

/**
 * Makes the package.json that is published: with the scope and the repository of the root's, and without the parts that serve
 * only this repository.
 * @param manifest package.json of the package
 * @param root package.json of the root: `config.scope` and `repository` are used
 * @param folder the folder below `libs/`
 */
export function publishedManifest(manifest: Manifest, root: Manifest, folder: string): Manifest {
  const { devDependencies: _, dependencies, ...published } = manifest;
  return {
    ...published,
    ...(dependencies && { dependencies: JSON.parse(inScopeOf(root, JSON.stringify(dependencies))) }),
    name: inScopeOf(root, manifest.name),
    repository: { type: 'git', url: root.repository?.url ?? '', directory: `libs/${folder}` },
    exports: withoutCondition(manifest.exports, SOURCE_CONDITION),
  };
}

/**
 * Replaces this repository's scope in a text by the one that the root's package.json sets. The package that `npm create` runs has
 * no scope here, so that the command is short. That name is taken: a fork publishes it in its scope.
 * @example inScopeOf({ config: { scope: '@acme' } }, 'npm install @cross-account-api/contract') // npm install @acme/contract
 * @example inScopeOf({ config: { scope: '@acme' } }, 'npm create cross-account-api') // npm create @acme/cross-account-api
 */
export function inScopeOf(root: Pick<Manifest, 'config'>, text: string): string {
  const { scope = SOURCE_SCOPE } = root.config ?? {};
  if (scope === SOURCE_SCOPE) return text;
  return text
    .replaceAll(`${SOURCE_SCOPE}/`, `${scope}/`)
    .replaceAll(/\bnpm create cross-account-api\b/g, `npm create ${scope}/cross-account-api`)
    .replaceAll(/^create-cross-account-api$/g, `${scope}/create-cross-account-api`);
}

/**
 * Packs all packages as they are published. They must have been built.
 * @param target the folder for the tarballs; it is emptied first
 */
export async function packPackages(target: string, steps: Steps): Promise<readonly Tarball[]> {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const tarballs: Tarball[] = [];
  for (const folder of packageNames) {
    tarballs.push(await steps.run(`Pack libs/${folder}`, () => packPackage(folder, target)));
  }
  return tarballs;
}

async function packPackage(folder: string, target: string): Promise<Tarball> {
  const source = packageFolder(folder);
  const root = readManifest();
  const staged = await mkdtemp(join(tmpdir(), 'cross-account-api-pack-'));
  try {
    for (const name of ['dist', 'LICENSE', 'CHANGELOG.md']) {
      await cp(join(source, name), join(staged, name), { recursive: true });
    }
    await renameImports(join(staged, 'dist'), root);
    const format = existsSync(join(staged, 'dist/cjs')) ? 'cjs' : 'esm';
    for await (const entry of glob('*.cjs', { cwd: source })) {
      await writeFile(
        join(staged, entry),
        publishedEntry(await readFile(join(source, entry), 'utf8'), format),
      );
    }
    const manifest = publishedManifest(readManifest(source), root, folder);
    await writeFile(join(staged, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const readme = await readFile(join(source, 'README.md'), 'utf8');
    await writeFile(join(staged, 'README.md'), inScopeOf(root, readme));
    const { stdout } = await promisify(execFile)(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', target],
      { cwd: staged, maxBuffer: 2 ** 26 },
    );
    const [packed] = Object.values(JSON.parse(stdout) as Record<string, PackResult>);
    if (packed === undefined) throw new Error(`npm pack has packed nothing of libs/${folder}.`);
    return {
      folder,
      name: manifest.name,
      file: join(target, packed.filename),
      contents: packed.files.map(({ path }) => path),
    };
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** Renames imports of this repository's packages in the build. A fork publishes them under its own scope. */
async function renameImports(dist: string, root: Manifest): Promise<void> {
  for await (const file of glob('**/*.{js,ts,json}', { cwd: dist })) {
    const text = await readFile(join(dist, file), 'utf8');
    await writeFile(join(dist, file), inScopeOf(root, text));
  }
}

/**
 * Makes an entry that the framework loads load the build. In this repository it loads the sources, because the framework
 * resolves packages without our export condition, and libs/resolve-sources.cjs resolves their imports to sources, too.
 * @param text of a CommonJS module beside package.json
 * @param format of the build: `esm` for a package with only ES modules
 */
export function publishedEntry(text: string, format: 'cjs' | 'esm'): string {
  return text
    .replace(/^.*require\('\.\.\/resolve-sources\.cjs'\);\n+/m, '')
    .replaceAll(/'\.\/src\/([\w/-]+)\.ts'/g, `'./dist/${format}/$1.js'`);
}

/** The parts of the output of `npm pack --json` that are used here. */
interface PackResult {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

function withoutCondition(exports: Manifest['exports'], condition: string): NonNullable<Manifest['exports']> {
  return Object.fromEntries(
    Object.entries(exports ?? {}).map(([path, target]) => [
      path,
      typeof target === 'string'
        ? target
        : Object.fromEntries(Object.entries(target).filter(([name]) => name !== condition)),
    ]),
  );
}
