import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { projectRoot } from '../lib/project.ts';

/** A command that runs. */
export interface RunningCommand {
  readonly pid: number;
  /** The output so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Resolves when it has printed the text. @throws Error if it ends before that */
  printed(text: string): Promise<void>;
  /** Sends the signal of Ctrl-C to this process only. */
  interrupt(): void;
  /** Sends SIGTERM to this process only. */
  terminate(): void;
  /** Its exit code, once it has ended and all of its output is there. */
  readonly ended: Promise<number | null>;
}

/** Starts a command in a copy of the project, as `npm run <name>` does, but without npm. */
export function startCommand(
  project: ProjectCopy,
  name: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string | undefined>> = {},
): RunningCommand {
  const program = join(projectRoot, 'libs/cli/cross-account.cjs');
  return startProgram(project, [process.execPath, program, name, ...args], environment);
}

/** Starts a program in a copy of the project. */
export function startProgram(
  project: ProjectCopy,
  [program, ...args]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string | undefined>> = {},
): RunningCommand {
  const name = [program, ...args].join(' ');
  const child: ChildProcess = spawn(program, args, {
    cwd: project.root,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid === undefined) throw new Error(`${name} has not been started.`);
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk;
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    pid: child.pid,
    output: () => ({ ...text }),
    async printed(wanted) {
      const over = ended.then(() => 'over');
      while (!text.stdout.includes(wanted)) {
        const data = child.stdout === null ? over : once(child.stdout, 'data');
        if ((await Promise.race([data, over])) === 'over' && !text.stdout.includes(wanted)) {
          throw new Error(`${name} has ended without printing "${wanted}":\n${text.stdout}\n${text.stderr}`);
        }
      }
    },
    interrupt: () => void child.kill('SIGINT'),
    terminate: () => void child.kill('SIGTERM'),
    ended,
  };
}
