import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { copyProject, nodeFlags, type ProjectCopy, projectRoot } from '../lib/project.ts';

/** Copies the project with its commands, which act in the copy as in a clone. */
export async function copyProjectWithCommands(): Promise<ProjectCopy> {
  const project = await copyProject();
  await addCommands(project);
  return project;
}

/** Adds the commands to a copy of the project. */
export async function addCommands(project: ProjectCopy): Promise<void> {
  await cp(join(projectRoot, 'scripts'), join(project.root, 'scripts'), {
    recursive: true,
    // The tools of npm run test:packages and test:mutation have thousands of files.
    filter: (source) => basename(source) !== 'node_modules',
  });
}

/** A command that runs. */
export interface RunningCommand {
  readonly pid: number;
  /** What it has printed so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Resolves when it has printed the text. @throws Error if it ends before that */
  printed(text: string): Promise<void>;
  /** As Ctrl-C does, but for this process alone. */
  interrupt(): void;
  /** Its exit code, once it has ended and all of its output is there. */
  readonly ended: Promise<number | null>;
}

/** Starts `scripts/<name>.ts` of a copy, as `npm run <name>` does. */
export function startCommand(
  project: ProjectCopy,
  name: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string | undefined>> = {},
): RunningCommand {
  const child: ChildProcess = spawn(
    process.execPath,
    [...nodeFlags, join('scripts', `${name}.ts`), ...args],
    {
      cwd: project.root,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
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
    ended,
  };
}
