import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFlags } from '../lib/project.ts';
import { pinned, unpinned } from './pinned.ts';

/** An access key. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What a process has used. */
export interface Usage {
  /** User and system time so far. */
  readonly cpuMs: number;
  /** Resident memory now. */
  readonly rssBytes: number;
}

/** Local AWS in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  /** The folder of its state directory. */
  readonly root: string;
  /** From the process's start until it answers. */
  readonly startUpMs: number;
  /** The administrator's keys, by account. */
  readonly credentials: Readonly<Record<string, AccessKey>>;
  usage(): Promise<Usage>;
  close(): Promise<void>;
}

/**
 * Starts local AWS in a process of its own.
 * @param oneCore keeps it on the first core where processes can be pinned, and the functions' processes with it
 */
export async function startServer({ oneCore = false } = {}): Promise<ServerProcess> {
  const root = await mkdtemp(join(tmpdir(), 'local-aws-bench-'));
  const start = performance.now();
  const { execPath, prefix } = oneCore ? pinned(0) : unpinned;
  const child = fork(join(import.meta.dirname, 'server.ts'), [root], {
    execPath,
    execArgv: [...prefix, ...nodeFlags],
    stdio: 'inherit',
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`Local AWS ended with exit code ${code} before it was ready.`);
  });
  failed.catch(() => {});
  const [ready] = await Promise.race([once(child, 'message'), failed]);
  const { url, credentials } = ready as Pick<ServerProcess, 'url' | 'credentials'>;
  const health = await fetch(`${url}/_local-aws/health`);
  if (!health.ok) throw new Error(`Local AWS is not healthy: ${health.status}`);
  await health.arrayBuffer();
  const startUpMs = performance.now() - start;
  return {
    url,
    port: Number(new URL(url).port),
    root,
    startUpMs,
    credentials,
    async usage() {
      child.send('usage');
      const [usage] = await once(child, 'message');
      return usage as Usage;
    },
    async close() {
      const exited = once(child, 'exit');
      child.send('close');
      await exited;
      await rm(root, { recursive: true, force: true });
    },
  };
}
