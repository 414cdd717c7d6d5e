// The function's entry point. Its init phase ends when the role's credentials are there, so the first invocation does not wait for STS.
// Jest cannot load this file: it compiles modules to CommonJS, which has no top-level `await`. It loads caller.ts.
import { ready } from './caller.ts';

await ready;

export { handler } from './caller.ts';
