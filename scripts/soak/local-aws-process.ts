import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FAULTS_PATH, type FaultPlanInput } from '@cross-account-api/local-aws/faults';
import { nodeFlags } from '../lib/project.ts';
import type { ObservedEvent } from './observed-event.ts';

/** An administrator's keys. */
interface Administrator {
  readonly profile: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface Started {
  readonly type: 'started';
  readonly url: string;
  readonly region: string;
  readonly administrators: readonly Administrator[];
}

/** What the process says. */
export type FromLocalAws =
  | Started
  | { readonly type: 'event'; readonly event: ObservedEvent }
  | { readonly type: 'done'; readonly id: number; readonly bytes: number };

/** What it is asked. `sync`: to answer after all events so far; `heap`: to collect garbage before that. */
export type ToLocalAws = { readonly type: 'sync' | 'heap' | 'close'; readonly id: number };

/** A local AWS in a process of its own. */
export interface LocalAwsProcess {
  readonly url: string;
  readonly region: string;
  /** @throws Error where there is no such profile */
  credentials(profile: string): { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Replaces the fault plan, as any client would; `undefined` clears it. */
  setFaults(plan: FaultPlanInput | undefined): Promise<void>;
  /** Resolves when all events so far have been told. */
  sync(): Promise<void>;
  /** Bytes in use after a garbage collection, outside the JavaScript heap too. */
  memory(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Starts it.
 * @param root the folder for its state directory
 * @param onEvent told of each request
 */
export async function startLocalAwsProcess(
  root: string,
  onEvent: (event: ObservedEvent) => void,
): Promise<LocalAwsProcess> {
  const child = fork(join(import.meta.dirname, 'local-aws-main.ts'), [root], {
    execArgv: [...nodeFlags],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const waiting = new Map<number, (bytes: number) => void>();
  let lastId = 0;
  const started = await new Promise<Started>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Local AWS has ended with exit code ${code}.`)));
    child.on('message', (message: FromLocalAws) => {
      if (message.type === 'started') resolve(message);
      else if (message.type === 'event') onEvent(message.event);
      else {
        waiting.get(message.id)?.(message.bytes);
        waiting.delete(message.id);
      }
    });
  });
  const ask = (type: ToLocalAws['type']): Promise<number> => {
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, resolve);
      child.send({ type, id } satisfies ToLocalAws, (error) => error && reject(error));
    });
  };
  return {
    url: started.url,
    region: started.region,
    credentials(profile) {
      const found = started.administrators.find((one) => one.profile === profile);
      if (found === undefined) throw new Error(`Local AWS has no profile ${profile}.`);
      const { accessKeyId, secretAccessKey } = found;
      return { accessKeyId, secretAccessKey };
    },
    async setFaults(plan) {
      const token = await readFile(join(root, '.local-aws/control-token'), 'utf8');
      const response = await fetch(new URL(FAULTS_PATH, started.url), {
        method: plan === undefined ? 'DELETE' : 'PUT',
        headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' },
        ...(plan === undefined ? {} : { body: JSON.stringify(plan) }),
      });
      if (!response.ok) throw new Error(`The fault plan was refused: ${await response.text()}`);
    },
    sync: async () => void (await ask('sync')),
    memory: () => ask('heap'),
    async close() {
      if (child.exitCode === null && child.connected)
        child.send({ type: 'close', id: 0 } satisfies ToLocalAws);
      await exited;
    },
  };
}
