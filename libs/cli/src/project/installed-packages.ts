import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { oneLine } from '../printable.ts';
import { projectRoot } from './project.ts';

/** Longer reasons are cut. */
const MOST_CHARACTERS = 300;

/** A package that is installed. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** The reason of its publishers, if they have deprecated this version. */
  readonly deprecated?: string | undefined;
}

const lock = v.object({
  packages: v.record(
    v.string(),
    v.looseObject({
      name: v.optional(v.string()),
      version: v.optional(v.string()),
      deprecated: v.optional(v.string()),
    }),
  ),
});

/** Each version of each package in package-lock.json, once. Without a lock file that can be read, there are none. */
export function installedPackages(root = projectRoot()): readonly InstalledPackage[] {
  const file = join(root, 'package-lock.json');
  const read = v.safeParse(
    v.pipe(v.string(), v.parseJson(), lock),
    existsSync(file) ? readFileSync(file, 'utf8') : undefined,
  );
  if (!read.success) return [];
  const found = new Map<string, InstalledPackage>();
  for (const [path, { name: alias, version, deprecated }] of Object.entries(read.output.packages)) {
    const [, name] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (name === undefined || version === undefined) continue;
    // The package osls is installed as `serverless`.
    const real = alias ?? name;
    const reason = deprecated === undefined ? undefined : oneLine(deprecated, MOST_CHARACTERS);
    found.set(`${real}@${version}`, { name: real, version, deprecated: reason });
  }
  return [...found.values()];
}
