import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createTemporaryFolder } from '@cross-account-api/local-aws/temporary';
import { slsProgram } from '../../libs/cli/src/project/sls.ts';

/** Runs `sls package` for several services, in a process that loads the CLI once. */
export interface Packager {
  /**
   * Runs `sls package`. One service at a time.
   * @param cwd the folder of the service
   * @param environment is added to the environment of the CLI
   * @throws Error with the output of the CLI
   */
  package(cwd: string, args: readonly string[], environment: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

/** Starts the process. */
export async function startPackager(): Promise<Packager> {
  const temporary = await createTemporaryFolder('sls');
  const { file, nodeFlags, env } = slsProgram(temporary.path);
  const child: ChildProcess = fork(join(__dirname, 'packager.testing.cjs'), [file], {
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
    async package(cwd, args, environment) {
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
