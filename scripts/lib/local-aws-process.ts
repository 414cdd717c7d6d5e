import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createTemporaryFolder } from '../../libs/local-aws/src/temporary/index.ts';
import { nodeFlags } from './project.ts';

/** Keys of an account's administrator. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The resources that a process has used. */
export interface Usage {
  /** User and system time so far. */
  readonly cpuMs: number;
  /** Resident memory now. */
  readonly rssBytes: number;
  /** Memory in use now, in the JavaScript heap and outside of it. */
  readonly usedBytes: number;
}

/** The first message of the process. */
export interface Started {
  readonly type: 'started';
  readonly url: string;
  readonly region: string;
  /** By account. */
  readonly credentials: Readonly<Record<string, AccessKey>>;
}

/** The messages from the process. */
export type FromLocalAws = Started | { readonly type: 'usage'; readonly usage: Usage };

/** The messages to the process. */
export type ToLocalAws = 'usage' | 'usage after garbage collection' | 'close';

/** A local AWS in a separate process. */
export interface LocalAwsProcess extends Omit<Started, 'type' | 'credentials'> {
  readonly port: number;
  /** The folder of its state directory. */
  readonly root: string;
  /** From the start of the process until local AWS answers. */
  readonly startUpMs: number;
  /** Keys of an account's administrator. @throws Error if there is no such account */
  credentials(accountId: string): AccessKey;
  usage(options?: { readonly collectGarbage?: boolean }): Promise<Usage>;
  close(): Promise<void>;
}

/**
 * Starts a local AWS in a separate process, with a temporary folder.
 * @throws Error if the process ends before local AWS answers
 */
export async function startLocalAwsProcess(): Promise<LocalAwsProcess> {
  const folder = await createTemporaryFolder('root');
  const root = folder.path;
  const start = performance.now();
  const child = fork(join(import.meta.dirname, 'local-aws-child.ts'), [root], {
    // As in npm start: new objects get 4 MB instead of 16, which costs no time that can be measured, and takes 20 MB less.
    execArgv: ['--max-semi-space-size=4', '--expose-gc', ...nodeFlags],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  /** The process answers the questions in their order. */
  const waiting: ((usage: Usage) => void)[] = [];
  try {
    const { url, region, credentials } = await new Promise<Started>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`Local AWS ended with exit code ${code}.`)));
      child.on('message', (message: FromLocalAws) => {
        if (message.type === 'started') resolve(message);
        else waiting.shift()?.(message.usage);
      });
    });
    const health = await fetch(`${url}/_local-aws/health`);
    await health.arrayBuffer();
    if (!health.ok) throw new Error(`Local AWS is not healthy: ${health.status}`);
    return {
      url,
      region,
      port: Number(new URL(url).port),
      root,
      startUpMs: performance.now() - start,
      credentials(accountId) {
        const keys = credentials[accountId];
        if (keys === undefined) throw new Error(`Local AWS has no account ${accountId}.`);
        return keys;
      },
      usage: ({ collectGarbage = false } = {}) =>
        new Promise((resolve, reject) => {
          waiting.push(resolve);
          const question: ToLocalAws = collectGarbage ? 'usage after garbage collection' : 'usage';
          child.send(question, (error) => error && reject(error));
        }),
      async close() {
        if (child.exitCode === null && child.connected) child.send('close' satisfies ToLocalAws);
        await exited;
        await folder.close();
      },
    };
  } catch (error) {
    child.kill();
    await folder.close();
    throw error;
  }
}
