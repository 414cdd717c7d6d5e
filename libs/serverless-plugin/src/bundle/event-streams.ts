import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

const MODULE = '@smithy/core/event-streams';
const DYNAMIC = new RegExp(`await import\\((["'])${MODULE}\\1\\)`);

/**
 * Leaves the event streams of the AWS SDK out of a bundle, unless one of its clients has operations with event streams.
 *
 * The protocol code of all clients imports them by `import()`. In a bundle, esbuild then wraps the module, and all modules that it
 * shares with the rest of the SDK, in functions: the bundle takes a tenth longer to load. A client with such operations imports the
 * module statically as well, for its configuration. So this plugin passes that module to the protocol code.
 */
export function eventStreams(): Plugin {
  const shared = 'event-streams';
  return {
    name: shared,
    setup: ({ onResolve, onLoad, resolve }) => {
      onResolve({ filter: new RegExp(`^${MODULE}$`) }, async ({ path, resolveDir, kind, pluginData }) => {
        if (pluginData === shared) return undefined;
        // Its package declares no side effects, but the patched module has one.
        return { ...(await resolve(path, { resolveDir, kind, pluginData: shared })), sideEffects: true };
      });
      onResolve({ filter: new RegExp(`^${shared}$`) }, () => ({ path: shared, namespace: shared }));
      onLoad({ filter: /^/, namespace: shared }, () => ({ contents: 'export const shared = {};' }));
      onLoad(
        { filter: /[\\/]@smithy[\\/]core[\\/].*[\\/]event-streams[\\/]index\.js$/ },
        async ({ path }) => ({
          contents: `${await readFile(path, 'utf8')}
          import { shared } from '${shared}';
          import * as itself from '${MODULE}';
          shared.module = itself;`,
          resolveDir: dirname(path),
        }),
      );
      onLoad({ filter: /[\\/]@smithy[\\/]core[\\/].*[\\/]HttpProtocol\.js$/ }, async ({ path }) => {
        const code = await readFile(path, 'utf8');
        // Another version of the SDK may differ. Then its code stays unchanged.
        if (!DYNAMIC.test(code)) return undefined;
        const contents = `import { shared } from '${shared}'; ${code.replace(DYNAMIC, 'shared.module')}`;
        return { contents, resolveDir: dirname(path) };
      });
    },
  };
}
