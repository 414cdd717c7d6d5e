import type { Plugin } from 'esbuild';

/**
 * Makes an import of `node:http` or `node:process` read only the exports that the code uses.
 *
 * When an ES module imports a built-in module, Node reads all exports of it. One export of `node:http` is `WebSocket`. Reading it
 * loads undici, which is Node's `fetch`: about 20 ms of a cold start. Exports of `node:process`, such as `report`, take another 1 to 2 ms.
 * Every AWS SDK client imports both. This plugin puts a CommonJS module in their place: esbuild reads an export of such a module where
 * the code uses it.
 *
 * `require('http')` stays as it is: it does not read the exports.
 */
export function lazyBuiltins(): Plugin {
  const namespace = 'lazy-builtins';
  return {
    name: namespace,
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^(?:node:)?(?:http|process)$/ }, ({ kind, path }) =>
        kind === 'import-statement' || kind === 'dynamic-import'
          ? { path: `node:${path.replace(/^node:/, '')}`, namespace, sideEffects: false }
          : undefined,
      );
      onLoad({ filter: /^/, namespace }, ({ path }) => ({
        contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      }));
    },
  };
}
