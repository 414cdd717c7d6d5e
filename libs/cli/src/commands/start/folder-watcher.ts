import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';

/** Watches a changing set of folders. */
export interface FolderWatcher {
  /** Watches only these folders, without their subfolders. Skips a folder that does not exist. */
  watch(folders: Iterable<string>): void;
  /** Ends all watches. Later calls of `watch` do nothing. */
  close(): void;
}

/**
 * Reports changes in folders. It watches folders and not files, because many editors save a file by replacing it.
 * @param changed is called with the absolute path of each file that was changed, added or removed
 */
export function createFolderWatcher(changed: (path: string) => void): FolderWatcher {
  const watchers = new Map<string, FSWatcher>();
  let closed = false;
  const stop = (folder: string) => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  return {
    watch(folders) {
      const wanted = new Set(closed ? [] : folders);
      for (const folder of watchers.keys()) if (!wanted.has(folder)) stop(folder);
      for (const folder of wanted) {
        if (watchers.has(folder)) continue;
        try {
          const watcher = watch(folder, (_, name) => {
            if (name !== null) changed(join(folder, name));
          });
          watcher.on('error', () => stop(folder));
          watchers.set(folder, watcher);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
      }
    },
    close() {
      closed = true;
      for (const folder of watchers.keys()) stop(folder);
    },
  };
}
