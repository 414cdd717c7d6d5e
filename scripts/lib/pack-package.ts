import { execFile } from 'node:child_process';
import { cp, glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Steps } from '../../libs/cli/src/steps.ts';
import {
  type Exports,
  type Format,
  formatsOf,
  type Manifest,
  packageFolder,
  packageNames,
  readManifest,
} from './packages.ts';

/** The scope of the packages in this repository. */
const SOURCE_SCOPE = '@cross-account-api';

/** A packed package. */
export interface Tarball {
  /** The folder below `libs/`. */
  readonly folder: string;
  /** Its package.json. `name` is the name under which it is published, e.g. `@acme/assume-role`. */
  readonly manifest: Manifest;
  /** The absolute path of the `.tgz`. */
  readonly file: string;
  /** The paths in the tarball, e.g. `package.json`. */
  readonly contents: readonly string[];
}

/**
 * Makes the package.json that is published: with the scope and the repository of the root's, with the build in place of the
 * sources, and without the parts that serve only this repository.
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
    exports: publishedExports(manifest.exports, formatsOf(folder)),
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
    const format = formatsOf(folder).includes('cjs') ? 'cjs' : 'esm';
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
      manifest,
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
 * Makes an entry that the framework loads load the build. In this repository it loads the sources.
 * @param text of a CommonJS module beside package.json
 * @param format of the build: `esm` for a package with only ES modules
 */
export function publishedEntry(text: string, format: Format): string {
  return text.replaceAll(/'\.\/src\/([\w/-]+)\.ts'/g, `'./dist/${format}/$1.js'`);
}

/** The parts of the output of `npm pack --json` that are used here. */
interface PackResult {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Makes the `exports` that are published. An entry that is CommonJS already has no build and no declarations: the framework loads it. */
function publishedExports(sources: Exports = {}, formats: readonly Format[]): Exports {
  return Object.fromEntries(
    Object.entries(sources).map(([path, source]) => {
      const module = /^\.\/src\/(.*)\.ts$/.exec(String(source))?.[1];
      if (module === undefined) return [path, source];
      const [esm, cjs] = (['esm', 'cjs'] as const).map((format) => ({
        types: `./dist/${format}/${module}.d.ts`,
        default: `./dist/${format}/${module}.js`,
      }));
      return [path, formats.includes('cjs') ? { import: esm, require: cjs } : { ...esm }];
    }),
  );
}

/**
 * The entries of a published package that have no declarations: those that the Serverless CLI loads, and no program imports. The check
 * of types leaves them out.
 * @param manifest the package.json that is published. In that of the sources, each entry is a file without declarations
 */
export function untypedEntries({ exports = {} }: Pick<Manifest, 'exports'>): string[] {
  return Object.entries(exports).flatMap(([path, target]) => (typeof target === 'string' ? [path] : []));
}
