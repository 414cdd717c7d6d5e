import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** The folder in which Node keeps compiled code. Only this user writes to it, because Node runs the code. */
const compileCache = join(import.meta.dirname, '../../node_modules/.cache/node-compile-cache');

// JavaScript, loaded before the first module in TypeScript: if all of them are in the cache, Node does not load its compiler. A
// command then starts in half the time, and local AWS needs 20 MB less.
enableCompileCache(compileCache);
