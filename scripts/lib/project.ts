import { join } from 'node:path';

/** The repository's root. */
export const projectRoot = join(import.meta.dirname, '../..');

/**
 * Flags for a Node process that runs a script: the packages of this repository resolve to their sources, which are compiled once.
 */
export const nodeFlags: readonly string[] = [
  '--conditions=@cross-account-api/source',
  `--import=${join(import.meta.dirname, 'compile-cache.js')}`,
];
