import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** Where Node keeps what it has compiled. Only this user writes to the folder, because Node runs what is in it. */
export const compileCache = join(import.meta.dirname, '../../node_modules/.cache/node-compile-cache');

// JavaScript, loaded before the first module in TypeScript: if all of them are in the cache, Node does not load its compiler. A
// command then starts in half the time, and local AWS needs 20 MB less.
enableCompileCache(compileCache);
