import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { projectRoot } from './project.ts';

/** A package of ours that the project takes from a tarball in vendor/. */
export interface VendoredPackage {
  readonly name: string;
  readonly version: string;
}

const manifest = v.object({
  dependencies: v.optional(v.record(v.string(), v.string()), {}),
  devDependencies: v.optional(v.record(v.string(), v.string()), {}),
});

const packed = v.object({ packedAt: v.pipe(v.string(), v.isoTimestamp()) });

/** The packages in vendor/, by the names of the tarballs in package.json. */
export function vendoredPackages(root = projectRoot()): readonly VendoredPackage[] {
  const read = v.safeParse(manifest, readJson(join(root, 'package.json')));
  if (!read.success) return [];
  const { dependencies, devDependencies } = read.output;
  return Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, source]) => {
    const [, version] = /^file:vendor\/[\w-]+?-(\d+\.\d+\.\d+[\w.-]*)-[0-9a-f]+\.tgz$/.exec(source) ?? [];
    return version === undefined ? [] : [{ name, version }];
  });
}

/** The time of the clone's last commit when it packed vendor/, by vendor/packed.json. `undefined` if that is not known. */
export function vendorPackedAt(root = projectRoot()): Date | undefined {
  const read = v.safeParse(packed, readJson(join(root, 'vendor/packed.json')));
  return read.success ? new Date(read.output.packedAt) : undefined;
}

function readJson(file: string): unknown {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  } catch {
    return undefined;
  }
}
