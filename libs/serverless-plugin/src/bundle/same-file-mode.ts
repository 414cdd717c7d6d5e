import { chmod } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Gives bundles the same file mode on every machine. The mode is part of the zip file, and depends on the user's umask. With
 * another mode, the zip file of the same code differs, and the framework deploys it.
 */
export function sameFileMode(): Plugin {
  return {
    name: 'same-file-mode',
    setup: ({ initialOptions, onEnd }) => {
      const { write, absWorkingDir = process.cwd() } = initialOptions;
      if (write === false) return;
      initialOptions.metafile = true;
      onEnd(async ({ metafile }) => {
        const files = Object.keys(metafile?.outputs ?? {});
        await Promise.all(files.map((file) => chmod(resolve(absWorkingDir, file), 0o644)));
      });
    },
  };
}
