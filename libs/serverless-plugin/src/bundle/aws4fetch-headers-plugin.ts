import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * Gives aws4fetch the small class {@link Headers}.
 *
 * aws4fetch signs with the global class of that name. When a function first reads it, Node loads undici (all of `fetch`): about 20 ms
 * of a cold start.
 */
export function aws4fetchHeaders(): Plugin {
  return {
    name: 'aws4fetch-headers',
    setup: ({ onLoad, resolve }) => {
      onLoad({ filter: /[\\/]aws4fetch[\\/]dist[\\/]aws4fetch\.esm\.m?js$/ }, async ({ path }) => {
        const { path: headers, errors } = await resolve('./aws4fetch-headers', {
          resolveDir: import.meta.dirname,
          kind: 'import-statement',
        });
        if (errors.length > 0) return { errors };
        // On the first line, so that positions in stack traces stay the same.
        const line = `import { Headers } from ${JSON.stringify(headers)}; `;
        return { contents: line + (await readFile(path, 'utf8')) };
      });
    },
  };
}
