import { join } from 'node:path';

/** The repository's root. */
export const projectRoot = join(import.meta.dirname, '../..');

/** Flags for a Node process that runs a script: its modules are compiled once. */
export const nodeFlags: readonly string[] = [`--import=${join(import.meta.dirname, 'compile-cache.js')}`];
