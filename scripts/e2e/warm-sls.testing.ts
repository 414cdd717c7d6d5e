import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { createTemporaryFolder } from '@cross-account-api/local-aws/temporary';
import { type SlsOptions, type SlsResult, slsProgram } from '../../libs/cli/src/project/sls.ts';

/** A run of the Serverless CLI. */
export interface SlsRequest {
  /** The absolute path of the service. */
  readonly cwd: string;
  readonly args: readonly string[];
  /** All variables that the CLI gets. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Processes that run the Serverless CLI again and again, so that it is loaded once. */
export interface SlsProcesses {
  run(request: SlsRequest): Promise<SlsResult>;
  close(): Promise<void>;
}

const SLS = '../../libs/cli/src/project/sls.ts';

/** Node reads these variables only when a process starts. */
const readAtStart = /^NODE_|^(\w+_)?proxy$/i;

/** Starts a process for the first run, and one more for each run at the same time or with other variables of Node. */
export function slsProcesses(): SlsProcesses {
  const all: SlsProcess[] = [];
  return {
    async run(request) {
      const ofNode = JSON.stringify(
        Object.entries(request.environment)
          .filter(([name]) => readAtStart.test(name))
          .sort(),
      );
      const free = all.find((each) => each.isFree() && each.ofNode === ofNode);
      const process = free ?? startProcess(request.environment, ofNode);
      if (free === undefined) all.push(process);
      return process.run(request);
    },
    async close() {
      await Promise.all(all.map((process) => process.close()));
    },
  };
}

interface SlsProcess extends SlsProcesses {
  /** The variables that Node has read. */
  readonly ofNode: string;
  isFree(): boolean;
}

function startProcess(env: SlsRequest['environment'], ofNode: string): SlsProcess {
  const { file, nodeFlags } = slsProgram('');
  const endOfOutput = randomUUID();
  const child: ChildProcess = fork(join(import.meta.dirname, 'warm-sls.testing.cjs'), [file, endOfOutput], {
    env,
    execArgv: [...nodeFlags],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // Not 'close': esbuild's process has the same standard error.
  const ended = once(child, 'exit');
  let isFree = true;
  return {
    ofNode,
    isFree: () => isFree && child.connected,
    async run(request) {
      isFree = false;
      const [stdout, stderr] = [child.stdout, child.stderr].map((stream) =>
        outputUntil(endOfOutput, stream, ended),
      );
      const answered = Promise.race([once(child, 'message'), ended]);
      child.send(request);
      const [answer] = await answered;
      const result = {
        // Or the CLI has ended the process.
        exitCode: answer?.exitCode ?? (answer as number | null) ?? 1,
        stdout: (await stdout) ?? '',
        stderr: (await stderr) ?? '',
      };
      isFree = true;
      return result;
    },
    async close() {
      if (child.connected) child.disconnect();
      // A test was killed while it waited.
      if (!isFree) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Collects the output of a run. */
async function outputUntil(end: string, stream: Readable | null, ended: Promise<unknown>): Promise<string> {
  let output = '';
  const collect = (chunk: string) => {
    output += chunk;
  };
  const over = ended.then(() => true);
  stream?.setEncoding('utf8').on('data', collect);
  while (stream !== null && !output.endsWith(end)) {
    if (await Promise.race([over, once(stream, 'data').then(() => false)])) break;
  }
  stream?.off('data', collect);
  return output.replace(end, '');
}

/**
 * Runs the Serverless CLI for a service as `sls` of libs/cli does, in a process of this run of Jest that has loaded it. Not for Compose,
 * which starts its own processes. With `SLS_ANEW`, as `npm run test:all` sets it, all but `package` start the CLI, as users do.
 * @param options `signal` and `output` have no effect on a process that has loaded it
 */
export async function warmSls(args: readonly string[], options: SlsOptions): Promise<SlsResult> {
  if (process.env.SLS_ANEW !== undefined && args[0] !== 'package') {
    // A test may have replaced `sls` by this function.
    return jest.requireActual<typeof import('../../libs/cli/src/project/sls.ts')>(SLS).sls(args, options);
  }
  const { cwd, localAwsRoot = process.env.LOCAL_AWS_ROOT } = options;
  const temporary = await createTemporaryFolder('sls');
  try {
    const { env } = slsProgram(temporary.path);
    const variables = Object.entries({ ...env, LOCAL_AWS_ROOT: localAwsRoot, ...options.environment });
    const environment = Object.fromEntries(variables.filter(([, value]) => value !== undefined));
    const socket = connect(process.env.SLS_SOCKET ?? '');
    socket.end(JSON.stringify({ cwd, args, environment }));
    const answer = (await json(socket)) as SlsResult | { readonly error: string };
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  } finally {
    await temporary.close();
  }
}
