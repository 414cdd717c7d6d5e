import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Steps } from '../../libs/cli/src/steps.ts';
import { buildPackage } from './build-package.ts';
import { packPackage, type Tarball } from './pack-package.ts';
import { type PackageName, packageNames, readManifest } from './packages.ts';
import { projectRoot } from './project.ts';

/** Tarballs by the hash of what they were made of: `<package>/<hash>/`. */
const CACHE = join(projectRoot, 'node_modules/.cache/packages');

/** What makes the packages, from the root: another version of the compiler can make other code, and the scope is in the texts. */
const MAKERS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/lib/{build-package,pack-package,packages}.ts',
];

/**
 * Builds and packs packages, and keeps the tarballs. What did not change since is not made again.
 * @param names in the order of their dependencies
 */
export async function cachedPackages(
  names: readonly PackageName[],
  steps: Steps,
): Promise<readonly Tarball[]> {
  const hashes = sourceHashes(projectRoot);
  const tarballs: Tarball[] = [];
  const fresh: PackageName[] = [];
  for (const name of names) {
    const folder = join(CACHE, name, hashes.get(name) ?? '');
    let tarball = await readKept(folder);
    if (tarball === undefined) {
      await steps.run(`Build libs/${name}`, () => buildPackage(name));
      await steps.run(`Pack libs/${name}`, () => keep(name, folder));
      tarball = await readKept(folder);
    } else {
      fresh.push(name);
    }
    if (tarball === undefined)
      throw new Error(`${folder} has no package that can be read. Delete this folder.`);
    tarballs.push(tarball);
  }
  if (fresh.length > 0) {
    const which =
      fresh.length === names.length ? 'all packages' : fresh.map((name) => `libs/${name}`).join(', ');
    await steps.run(`Take ${which} from the last build: the sources are the same`, async () => undefined);
  }
  return tarballs;
}

/**
 * Hashes what each package is made of: its files, except for tests, what makes packages, and the packages on which it depends.
 * @param root of the repository
 */
export function sourceHashes(root: string): ReadonlyMap<PackageName, string> {
  const makers = hashOf(root, MAKERS);
  const hashes = new Map<PackageName, string>();
  for (const name of packageNames) {
    const { dependencies, peerDependencies } = readManifest(join(root, 'libs', name));
    // Each package comes after its dependencies.
    const below = [...hashes].filter(([other]) =>
      Object.keys({ ...dependencies, ...peerDependencies }).some((each) => each.endsWith(`/${other}`)),
    );
    const own = hashOf(root, [`libs/${name}/*`, `libs/${name}/src/**`]);
    const all = [makers, own, ...below.map(([, hash]) => hash)].join('\n');
    hashes.set(name, createHash('sha256').update(all).digest('hex').slice(0, 32));
  }
  return hashes;
}

function hashOf(root: string, patterns: readonly string[]): string {
  const hash = createHash('sha256');
  const files = globSync(patterns, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test(-d)?\.ts$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`${file.slice(root.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Packs a package into the cache, in place of its older ones. */
async function keep(name: PackageName, folder: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const made = await mkdtemp(join(CACHE, '.made-'));
  try {
    const { file, ...tarball } = await packPackage(name, made, false);
    await writeFile(join(made, 'tarball.json'), JSON.stringify({ ...tarball, file: basename(file) }));
    const before = join(CACHE, name);
    for (const old of existsSync(before) ? await readdir(before) : []) {
      await rm(join(before, old), { recursive: true, force: true });
    }
    await mkdir(before, { recursive: true });
    await rename(made, folder);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function readKept(folder: string): Promise<Tarball | undefined> {
  const description = join(folder, 'tarball.json');
  if (!existsSync(description)) return undefined;
  const tarball: Tarball = JSON.parse(await readFile(description, 'utf8'));
  return { ...tarball, file: join(folder, tarball.file) };
}
