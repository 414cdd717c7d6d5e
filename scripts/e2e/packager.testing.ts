import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { createTemporaryFolder } from '@cross-account-api/local-aws/temporary';
import { slsProgram } from '../../libs/cli/src/project/sls.ts';

/** A run of `sls package`. */
export interface PackagerRequest {
  /** The absolute path of the service. */
  readonly cwd: string;
  readonly args: readonly string[];
  /** Is added to the environment of the CLI. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs `sls package` for several services, in a process that loads the CLI once. */
export interface Packager {
  /**
   * Runs `sls package`. One service at a time.
   * @throws Error with the output of the CLI
   */
  package(request: PackagerRequest): Promise<void>;
  close(): Promise<void>;
}

/** Starts the process. */
export async function startPackager(): Promise<Packager> {
  const temporary = await createTemporaryFolder('sls');
  const { file, nodeFlags, env } = slsProgram(temporary.path);
  const child: ChildProcess = fork(join(import.meta.dirname, 'packager.testing.cjs'), [file], {
    env,
    execArgv: [...nodeFlags],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  // Not 'close': esbuild's process has the same standard error.
  const ended = once(child, 'exit');
  return {
    async package({ cwd, args, environment }) {
      output = '';
      const answer = Promise.race([once(child, 'message'), ended]);
      child.send({ cwd, args: ['package', ...args], environment });
      const [result] = await answer;
      if (result?.exitCode !== 0) throw new Error(`sls package in ${cwd} failed:\n${output}`);
    },
    async close() {
      if (child.connected) child.disconnect();
      await ended;
      await temporary.close();
    },
  };
}

/**
 * Lets the packager of this run of Jest package a service, after those that others asked for.
 * @throws Error with the output of the CLI
 */
export async function packageInTurn(request: PackagerRequest): Promise<void> {
  const socket = connect(process.env.PACKAGER_SOCKET ?? '');
  socket.end(JSON.stringify(request));
  const { error } = (await json(socket)) as { readonly error?: string };
  if (error !== undefined) throw new Error(error);
}
