import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { writeLockFile } from './npm.ts';
import { Refusal } from './options.ts';
import {
  changesOf,
  fileName,
  type PackedPackage,
  VENDOR,
  vendored,
  vendorReadme,
  withAnyVersion,
  withVendored,
} from './vendor.ts';

/** Where the packages in `vendor/` come from. */
export interface VendorOrigin {
  /** The command with which the clone updates the project. */
  readonly command: string;
  /** The time of the clone's last commit. ISO 8601, UTC */
  readonly packedAt: string;
}

/**
 * Puts packages of a clone into a new project: the tarballs, and their entries in the package.json of the root and of the services.
 * @param root the project, with its package.json
 */
export function vendorInto(root: string, packages: readonly PackedPackage[], origin: VendorOrigin): void {
  copyInto(root, packages, origin);
  edit(join(root, 'package.json'), (manifest) => withVendored(manifest, packages));
  for (const service of readdirSync(join(root, 'services'))) {
    const manifest = join(root, 'services', service, 'package.json');
    if (existsSync(manifest)) edit(manifest, (text) => withAnyVersion(text, packages));
  }
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

/**
 * Brings later packages of a clone into a project: `vendor/`, their entries in the root's package.json, and the lock file. If npm cannot
 * write the lock file, everything is as before.
 * @param root absolute path of the project
 * @param typed the folder as the user typed it, for messages
 * @returns what changed, one sentence a line; nothing if the project has these packages already
 * @throws Refusal if the folder has no project that uses the packages
 * @throws NpmFailed
 */
export async function updateProject(
  root: string,
  typed: string,
  packages: readonly PackedPackage[],
  origin: VendorOrigin,
): Promise<readonly string[]> {
  const file = join(root, 'package.json');
  const before = readManifest(file, typed, packages);
  const changes = changesOf(before, packages);
  if (changes.length === 0) return [];
  const lock = join(root, 'package-lock.json');
  const lockBefore = existsSync(lock) ? readFileSync(lock) : undefined;
  const old = vendored(before).map((entry) => entry.file);
  const added = packages.map((each) => fileName(each.file)).filter((name) => !old.includes(name));
  copyInto(root, packages, origin);
  writeFileSync(file, withVendored(before, packages));
  try {
    await writeLockFile(root);
  } catch (error) {
    writeFileSync(file, before);
    if (lockBefore !== undefined) writeFileSync(lock, lockBefore);
    for (const name of added) rmSync(join(root, VENDOR, name), { force: true });
    throw error;
  }
  for (const name of old) {
    if (packages.every((each) => fileName(each.file) !== name))
      rmSync(join(root, VENDOR, name), { force: true });
  }
  return changes;
}

/** @throws Refusal unless the root's package.json names one of the packages */
function readManifest(file: string, typed: string, packages: readonly PackedPackage[]): string {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '{}';
  if (packages.some(({ name }) => text.includes(JSON.stringify(name)))) return text;
  throw new Refusal(
    `${typed} has no package.json that names ${packages[0]?.name ?? 'a package'}: give the folder of a project that this program made.`,
  );
}

function copyInto(
  root: string,
  packages: readonly PackedPackage[],
  { command, packedAt }: VendorOrigin,
): void {
  const target = join(root, VENDOR);
  mkdirSync(target, { recursive: true });
  for (const { file } of packages) copyFileSync(file, join(target, fileName(file)));
  const readme = join(target, 'README.md');
  if (!existsSync(readme)) writeFileSync(readme, vendorReadme(command));
  // `check` and `outdated` read it.
  writeFileSync(join(target, 'packed.json'), `${JSON.stringify({ packedAt }, null, 2)}\n`);
}
