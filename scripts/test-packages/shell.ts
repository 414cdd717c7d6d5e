import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import { CommandFailed, run } from '../lib/tools.ts';

/** A shell command that has ended. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/**
 * Runs a command as the user's shell would, with this Node.
 * @param environment additional variables of the user
 */
export function shell(
  command: string,
  cwd: string,
  node: string,
  environment: Readonly<Record<string, string>> = {},
) {
  // npm would pass variables about this repository's package to the commands.
  const variables = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|LOCAL_AWS_)/.test(name),
  );
  const child: ChildProcess = spawn('sh', ['-c', command], {
    cwd,
    env: {
      ...Object.fromEntries(variables),
      PATH: [dirname(node), process.env.PATH].join(delimiter),
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A new process group, which Ctrl-C reaches as a whole.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code]): Ended => ({ code: code as number | null, output }));
  return {
    ended,
    async printed(text: string): Promise<void> {
      while (!output.includes(text)) {
        const more = once(child.stdout ?? child, 'data').then(() => undefined);
        const over = await Promise.race([more, ended]);
        if (over !== undefined && !output.includes(text)) {
          throw new CommandFailed(`${command} ended without printing "${text}":\n${output}`);
        }
      }
    },
    interrupt(): void {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    },
  };
}

/** @throws CommandFailed if a command ended with another exit code, or did not print the text */
export function expect({ code, output }: Ended, wantedCode: number | 'any', text: string): void {
  if ((wantedCode === 'any' || code === wantedCode) && output.includes(text)) return;
  throw new CommandFailed(
    `Expected exit code ${wantedCode} and "${text}", got exit code ${code} and:\n${output}`,
  );
}

/** Installs packages in a project. */
export async function npmInstall(project: string, packages: readonly string[]): Promise<void> {
  await run(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...packages],
    project,
  );
}
