import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { createTemporaryFolder } from '@cross-account-api/local-aws/temporary';
import { projectRoot } from './project.ts';

/** Result of a run of the Serverless CLI. */
export interface SlsResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The options of a run. */
export interface SlsOptions {
  readonly cwd: string;
  /** The folder with the state directory of the local AWS for stage `local`. Default: that of the environment, or of `cwd` */
  readonly localAwsRoot?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Ends the CLI and its child processes. */
  readonly signal?: AbortSignal | undefined;
  /**
   * `inherit` prints the output of the CLI instead of collecting it. A function receives its stdout as it comes, and its stderr is printed.
   * Default: `pipe`
   */
  readonly output?: 'inherit' | 'pipe' | ((stdout: Readable) => Promise<void>) | undefined;
}

/**
 * Runs the real Serverless CLI, as `npx sls` would.
 * @returns the result, also of a run that failed
 * @example await sls(['deploy', '--stage', 'local'], { cwd: root })
 */
export async function sls(args: readonly string[], options: SlsOptions): Promise<SlsResult> {
  const temporary = await createTemporaryFolder('sls');
  try {
    return await runSls(args, options, temporary.path);
  } finally {
    await temporary.close();
  }
}

/** How a process of the CLI is started. */
export interface SlsProgram {
  readonly file: string;
  readonly nodeFlags: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * How this project's CLI is started.
 * @param temporaryFolder serverless-esbuild leaves a copy of each bundle there
 */
export function slsProgram(temporaryFolder: string): SlsProgram {
  const project = projectRoot();
  return {
    file: join(project, 'node_modules/serverless/bin/serverless.js'),
    // The compile cache keeps only what Node compiles at once. The code that validates serverless.yml is a function of 8 MB.
    nodeFlags: ['--no-lazy'],
    env: {
      ...process.env,
      // Compose starts `serverless` by its name.
      PATH: [join(project, 'node_modules/.bin'), process.env.PATH].join(delimiter),
      SLS_INTERACTIVE_SETUP_ENABLE: undefined,
      SLS_NOTIFICATIONS_MODE: 'off',
      // The CLI loads a thousand modules each time. The cache saves a third of its time.
      NODE_COMPILE_CACHE:
        process.env.NODE_COMPILE_CACHE ?? join(project, 'node_modules/.cache/node-compile-cache'),
      // Not in the user's home: the code with which the CLI validates serverless.yml.
      SLS_SCHEMA_CACHE_BASE_DIR: join(project, 'node_modules/.cache'),
      TMPDIR: temporaryFolder,
    },
  };
}

function runSls(args: readonly string[], options: SlsOptions, temporaryFolder: string): Promise<SlsResult> {
  const { file, nodeFlags, env } = slsProgram(temporaryFolder);
  const { output = 'pipe' } = options;
  const outputs = typeof output === 'function' ? (['pipe', 'inherit'] as const) : ([output, output] as const);
  const child = spawn(process.execPath, [...nodeFlags, file, ...args], {
    cwd: options.cwd,
    env: {
      ...env,
      LOCAL_AWS_ROOT: options.localAwsRoot ?? process.env.LOCAL_AWS_ROOT,
      ...options.environment,
    },
    stdio: ['ignore', ...outputs],
    // A new process group, so that Compose's children end with it.
    detached: true,
  });
  /** @param signal 0 for none @returns whether a process of the group is left */
  const killGroup = (signal: 'SIGTERM' | 'SIGKILL' | 0): boolean => {
    try {
      return child.pid !== undefined && process.kill(-child.pid, signal);
    } catch {
      return false;
    }
  };
  const kill = () => {
    if (child.exitCode === null) killGroup('SIGTERM');
  };
  options.signal?.addEventListener('abort', kill, { once: true });
  if (options.signal?.aborted === true) kill();
  let stdout = '';
  let stderr = '';
  const received = typeof output === 'function' && child.stdout !== null ? output(child.stdout) : undefined;
  if (received === undefined) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
  }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', async (code) => {
      options.signal?.removeEventListener('abort', kill);
      // Compose does not wait for its children: a busy child would go on until it handles the signal.
      if (options.signal?.aborted === true && killGroup('SIGKILL')) {
        for (let waits = 0; waits < 100 && killGroup(0); waits += 1) await setTimeout(10);
      }
      await received?.catch(reject);
      resolve({ exitCode: code ?? 1, stdout, stderr });
    });
  });
}

/** The output of a failed run, without the banner that describes the environment. */
export function slsFailure({ stdout, stderr }: SlsResult): string {
  return `${stdout}\n${stderr}`
    .replace(/^(Environment|Docs|Support|Bugs):.*$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
