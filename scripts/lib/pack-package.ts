import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, glob, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import type { Steps } from '../../libs/cli/src/steps.ts';
import {
  type Exports,
  type Format,
  formatsOf,
  type Manifest,
  nodeRanges,
  type PackageName,
  packageFolder,
  packageNames,
  readManifest,
  typedFormatsOf,
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
 * sources, the range of Node, and without the parts that serve only this repository.
 * @param manifest package.json of the package
 * @param root package.json of the root: `config.scope` and `repository` are used
 * @param folder the folder below `libs/`
 */
export function publishedManifest(manifest: Manifest, root: Manifest, folder: PackageName): Manifest {
  const { devDependencies: _, scripts: __, ...published } = manifest;
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifest;
  const others = { dependencies, peerDependencies, peerDependenciesMeta };
  return {
    ...published,
    ...JSON.parse(inScopeOf(root, JSON.stringify(others))),
    name: inScopeOf(root, manifest.name),
    ...(root.repository && { repository: { ...root.repository, directory: `libs/${folder}` } }),
    engines: { node: nodeRanges[folder] },
    ...publishedEntries(manifest.exports, formatsOf(folder), typedFormatsOf(folder)),
  };
}

/**
 * Replaces this repository's scope in a text by the one that the root's package.json sets.
 * @example inScopeOf({ config: { scope: '@acme' } }, '@cross-account-api/contract') // @acme/contract
 */
export function inScopeOf(root: Pick<Manifest, 'config'>, text: string): string {
  return text.replaceAll(`${SOURCE_SCOPE}/`, `${scopeOf(root)}/`);
}

/** The scope under which the packages are published. */
export function scopeOf({ config }: Pick<Manifest, 'config'>): string {
  return config?.scope ?? SOURCE_SCOPE;
}

/**
 * Replaces the commands that work from a clone by those that work once the packages are on the registry. Only a release may do this:
 * before it, anybody can own a name, and its code would run on the readers' machines. For the same reason, each name has the scope.
 * @example asReleased({ config: { scope: '@acme' } }, 'npm install ../cross-account-api/dist/{cli,iam}-*.tgz') // npm install @acme/cli
 * @example asReleased({ config: { scope: '@acme' } }, 'node_modules/.bin/cross-account verify') // npx @acme/cli verify
 * @example asReleased({ config: { scope: '@acme' } }, 'npm run create -- ../orders --yes') // npm create @acme@latest orders -- --yes
 */
export function asReleased(root: Pick<Manifest, 'config'>, text: string): string {
  const scope = scopeOf(root);
  return (
    text
      .replaceAll(/^\(cd \.\.\/cross-account-api && [^\n]*\n/gm, '')
      // In braces, the packages follow on which the first one depends. The registry brings these.
      .replaceAll(/\.\.\/cross-account-api\/dist\/\{?([a-z-]+)(?:,[a-z,-]+\})?-\*\.tgz/g, `${scope}/$1`)
      .replaceAll('node_modules/.bin/cross-account ', `npx ${scope}/cli `)
      .replaceAll('node_modules/.bin/local-aws ', `npx ${scope}/local-aws `)
      .replaceAll(/npm run create -- \.\.\/([\w-]+)( --)?/g, `npm create ${scope}@latest $1$2$2`)
      .replaceAll(/(?<=@latest [\w-]+\ncd )\.\.\//g, '')
  );
}

/**
 * Packs all packages as they are published. They must have been built.
 *
 * Unchanged sources make identical bytes. The name of a tarball ends with a hash of them, because npm keeps what it has installed or cached of
 * a file with the same name and version.
 * @param target the folder for the tarballs; it is emptied first
 * @param released whether the packages are going to be on the registry, so that texts may name them there
 */
export async function packPackages(
  target: string,
  steps: Steps,
  { released = false } = {},
): Promise<readonly Tarball[]> {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const tarballs: Tarball[] = [];
  for (const folder of packageNames) {
    tarballs.push(await steps.run(`Pack libs/${folder}`, () => packPackage(folder, target, released)));
  }
  return tarballs;
}

/**
 * Selects packages, and those of ours on which they depend: npm must get these in the same command, because no registry has them.
 * @param folders of the wanted packages below `libs/`
 */
export function withDependencies(
  tarballs: readonly Tarball[],
  folders: readonly string[],
): readonly Tarball[] {
  const wanted = new Set(tarballs.filter(({ folder }) => folders.includes(folder)));
  // A set takes in what is added while it is iterated.
  for (const { manifest } of wanted) {
    for (const tarball of tarballs) {
      if (Object.hasOwn(manifest.dependencies ?? {}, tarball.manifest.name)) wanted.add(tarball);
    }
  }
  return [...wanted];
}

/**
 * Packs one package, which must have been built.
 * @param folder below `libs/`
 * @param target the folder for the tarball
 */
export async function packPackage(folder: PackageName, target: string, released: boolean): Promise<Tarball> {
  const source = packageFolder(folder);
  const root = readManifest();
  const written = (text: string) => inScopeOf(root, released ? asReleased(root, text) : text);
  const staged = await mkdtemp(join(tmpdir(), 'cross-account-api-pack-'));
  try {
    for (const name of ['dist', 'LICENSE']) {
      await cp(join(source, name), join(staged, name), { recursive: true });
    }
    await rewrite(join(staged, 'dist'), written);
    const format = formatsOf(folder).includes('cjs') ? 'cjs' : 'esm';
    for await (const entry of glob('*.{cjs,schema.json}', { cwd: source })) {
      await writeFile(
        join(staged, entry),
        publishedEntry(await readFile(join(source, entry), 'utf8'), format),
      );
    }
    const manifest = publishedManifest(readManifest(source), root, folder);
    await writeFile(join(staged, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    for (const page of pagesOf(folder)) {
      const text = await readFile(join(source, page), 'utf8');
      await writeFile(join(staged, page), written(linksOfPackage(root, `libs/${folder}/${page}`, text)));
    }
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
      file: await nameByContent(join(target, packed.filename), `${folder}-${manifest.version}`),
      contents: packed.files.map(({ path }) => path),
    };
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** The pages of a package, by their paths in its folder. */
function pagesOf(folder: string): readonly string[] {
  const { files = [] } = readManifest(packageFolder(folder));
  return ['README.md', ...files.filter((file) => file.endsWith('.md'))];
}

/**
 * Makes each relative link of a page hold where the package is installed, beside the others. What no package has is in the repository
 * that the root names; without one, the link becomes its text.
 * @param page its path below the root, e.g. `libs/iam/README.md`
 */
export function linksOfPackage(root: Pick<Manifest, 'repository'>, page: string, text: string): string {
  const home = root.repository?.url.replace(/^git\+|\.git$/g, '');
  return text.replaceAll(LINK_OR_CODE, (whole, _fence, label, path, heading = '') => {
    if (path === undefined) return whole;
    const target = posix.join(posix.dirname(page), path).replace(/\/$/, '');
    const [, folder = '', inside = 'README.md'] = /^libs\/([\w-]+)(?:\/(.+))?$/.exec(target) ?? [];
    if (packageNames.some((name) => name === folder) && pagesOf(folder).includes(inside)) {
      return `[${label}](${posix.relative(posix.dirname(page), `libs/${folder}/${inside}`)}${heading})`;
    }
    return home === undefined ? label : `[${label}](${home}/blob/HEAD/${target}${heading})`;
  });
}

/** A fenced block, inline code, or a relative link. Code may look like a link: `handlers[name](event)`. */
const LINK_OR_CODE = /^( *)```[\s\S]*?^\1```$|`[^`\n]*`|\[([^\]\n]*)\]\(([^)\s#:]+)(#[^)\s]*)?\)/gm;

/** Renames a tarball. @returns its new path, e.g. `…/iam-0.2.0-1f2e3d4c5b6a.tgz` */
async function nameByContent(file: string, name: string): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  const renamed = join(dirname(file), `${name}-${hash.slice(0, 12)}.tgz`);
  await rename(file, renamed);
  return renamed;
}

/** Rewrites the texts of a build: imports of our packages, and commands in messages. */
async function rewrite(dist: string, written: (text: string) => string): Promise<void> {
  for await (const file of glob('**/*.{js,ts,json}', { cwd: dist })) {
    const text = await readFile(join(dist, file), 'utf8');
    await writeFile(join(dist, file), written(text));
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

/**
 * Makes the entries that are published. Node reads `exports`. TypeScript 5 with `"module": "commonjs"`, its default, reads `types` and
 * `typesVersions` instead.
 * @see https://www.typescriptlang.org/docs/handbook/modules/reference.html#node10-formerly-known-as-node
 */
function publishedEntries(
  sources: Exports = {},
  formats: readonly Format[],
  typedFormats: readonly Format[],
): Pick<Manifest, 'main' | 'types' | 'typesVersions' | 'exports'> {
  const typed = typedFormats.includes('cjs') ? 'cjs' : 'esm';
  const hasMain = formats.includes('cjs');
  const modules = Object.entries(sources).flatMap(([path, source]) => {
    const module = moduleOf(source);
    return module === undefined ? [] : [[path, module] as const];
  });
  const main = new Map(modules).get('.');
  const mapped = modules
    .filter(([path]) => path !== '.' || !hasMain)
    // Without `main` and `types`, the package itself is `index`.
    .map(([path, module]) => [path.slice(2) || 'index', [`./dist/${typed}/${module}.d.ts`]]);
  return {
    // To old tools, `main` is CommonJS, and beside `types` publint demands that all declarations have one format.
    ...(hasMain && { main: `./dist/cjs/${main}.js`, types: `./dist/cjs/${main}.d.ts` }),
    ...(mapped.length > 0 && { typesVersions: { '*': Object.fromEntries(mapped) } }),
    exports: publishedExports(sources, formats, typedFormats),
  };
}

/** The path of a module below `src/`, if an entry is one. */
function moduleOf(source: unknown): string | undefined {
  return /^\.\/src\/(.*)\.ts$/.exec(String(source))?.[1];
}

/** Makes the `exports` that are published. An entry that is CommonJS already has no build and no declarations: the framework loads it. */
function publishedExports(
  sources: Exports,
  formats: readonly Format[],
  typedFormats: readonly Format[],
): Exports {
  return Object.fromEntries(
    Object.entries(sources).map(([path, source]) => {
      const module = moduleOf(source);
      if (module === undefined) return [path, source];
      const [esm, cjs] = (['esm', 'cjs'] as const).map((format) => ({
        types: `./dist/${format}/${module}.d.ts`,
        default: `./dist/${formats.includes(format) ? format : 'esm'}/${module}.js`,
      }));
      return [path, typedFormats.includes('cjs') ? { import: esm, require: cjs } : { ...esm }];
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
