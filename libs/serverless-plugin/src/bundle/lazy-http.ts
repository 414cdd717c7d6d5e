import type { Plugin } from 'esbuild';

/**
 * Makes `import … from 'node:http'` and `import('node:http')` read only what is used.
 *
 * When an ES module imports `node:http`, Node reads all exports of it. One of them is `WebSocket`, and to read it loads undici, which
 * is Node's `fetch`: about 20 ms of a cold start. Every AWS SDK client imports `node:http` for its first request. This plugin puts a
 * CommonJS module in its place: esbuild reads an export of such a module where the code uses it.
 *
 * `require('http')` stays as it is: it does not read the exports.
 */
export function lazyHttp(): Plugin {
  const namespace = 'lazy-http';
  return {
    name: namespace,
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^(?:node:)?http$/ }, ({ kind }) =>
        kind === 'import-statement' || kind === 'dynamic-import'
          ? { path: 'node:http', namespace, sideEffects: false }
          : undefined,
      );
      onLoad({ filter: /^/, namespace }, () => ({
        contents: `module.exports = process.getBuiltinModule('node:http');`,
      }));
    },
  };
}
