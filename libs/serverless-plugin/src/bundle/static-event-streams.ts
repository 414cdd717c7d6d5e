import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

const DYNAMIC = /await import\((["'])@smithy\/core\/event-streams\1\)/;

/**
 * Makes the AWS SDK import its event streams as it imports everything else.
 *
 * It imports them by `import()`, for the few operations that have some. In a bundle, the module is there in any case. But esbuild then
 * wraps it, and all modules that it shares with the rest of the SDK, in functions: the bundle takes a tenth longer to load.
 */
export function staticEventStreams(): Plugin {
  return {
    name: 'static-event-streams',
    setup: ({ onLoad }) => {
      onLoad({ filter: /[\\/]@smithy[\\/]core[\\/].*[\\/]HttpProtocol\.js$/ }, async ({ path }) => {
        const code = await readFile(path, 'utf8');
        // Another version of the SDK may do it in another way. Then it stays as it is.
        if (!DYNAMIC.test(code)) return undefined;
        const contents = `import * as eventStreams from '@smithy/core/event-streams'; ${code.replace(DYNAMIC, 'eventStreams')}`;
        return { contents, resolveDir: dirname(path) };
      });
    },
  };
}
