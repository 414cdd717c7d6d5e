import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { nodeFlags } from '../lib/project.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { pinned } from './pinned.ts';

/** Sends signed requests from a process of its own, on the second core if processes can be pinned. */
export function startLoadGenerator(): { run(order: LoadOrder): Promise<LoadResult>; close(): void } {
  const { execPath, prefix } = pinned(1);
  const child = fork(join(import.meta.dirname, 'load.ts'), [], {
    execPath,
    execArgv: [...prefix, ...nodeFlags],
    stdio: 'inherit',
  });
  const failed = once(child, 'exit').then(() => {
    throw new Error('The load generator ended early.');
  });
  failed.catch(() => {});
  return {
    async run(order) {
      child.send(order);
      const [result] = await Promise.race([once(child, 'message'), failed]);
      return result as LoadResult;
    },
    close: () => child.disconnect(),
  };
}
