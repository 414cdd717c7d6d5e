import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { checkSpawned } from '../../../core/check-spawned.ts';
import { defined } from '../../../core/defined.ts';
import type { Holds } from '../../../core/holds.ts';
import type { InvocationFault } from '../../../faults/index.ts';
import {
  endMarkedFamily,
  findMarkedFamily,
  PROCESS_MARK,
  type ProcessFamily,
  signalFamily,
  signalProcess,
} from '../../../temporary/index.ts';
import { inspectProcess } from '../inspection/inspected-process.ts';
import { createOutputLines } from './output-lines.ts';
import type { Program } from './programs.ts';
import { connectRuntime, type RuntimeInvocation, type RuntimeMessage } from './runtime-channel.ts';
import type { Workspace } from './workspace.ts';

/** The longest wait for output that comes after the answer, in milliseconds. */
const DRAIN_LIMIT_MS = 100;

/** The largest response of a function, in bytes: 6 MB, and AWS's addition for its envelope. */
export const MAX_RESPONSE_BYTES = 6_291_556;

/** Between two looks at the memory of a running invocation, in milliseconds. A look takes some 30 µs. */
const MEMORY_CHECK_MS = 250;

/** The outcome of an init or an invocation. */
export type RuntimeOutcome =
  | { readonly kind: 'ready' }
  | { readonly kind: 'response'; readonly payload: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'error'; readonly document: Buffer; readonly errorType: string }
  /** `status` in Go's words (`exit status 1`, `signal: killed`), as in Lambda's errors; absent for status 0. */
  | { readonly kind: 'exit'; readonly status?: string; readonly outOfMemory: boolean }
  | { readonly kind: 'timeout' };

/** A {@link RuntimeOutcome} with the figures for REPORT. */
export interface RuntimeReport {
  readonly outcome: RuntimeOutcome;
  readonly durationMs: number;
  readonly maxMemoryUsedMb: number;
}

/** An outcome with its time by `performance.now()`. */
interface Settled {
  readonly outcome: RuntimeOutcome;
  readonly at: number;
}

/** The running init or invocation. */
interface Phase {
  /** `init`, or the request ID. */
  readonly id: string;
  readonly fault: InvocationFault | undefined;
  answer?: Settled;
  settle(settled: Settled): void;
}

/** One execution environment. */
export type ExecutionEnvironment = ReturnType<typeof startEnvironment>;

/** What `/var/runtime/bootstrap` of AWS's runtimes does, with their words and exit codes: it is a file of AWS's base images. */
const START_WRAPPED = `wrapper=$1
shown=$2
shift 2
if [ ! -f "$wrapper" ]; then echo "$shown: does not exist"; exit 127; fi
if [ ! -x "$wrapper" ]; then echo "$shown: is not an executable"; exit 126; fi
exec "$wrapper" "$@"`;

/**
 * Starts an execution environment: a process with a pipe to its runtime. Between invocations, its process group is stopped
 * (SIGSTOP): timers do not fire, sockets go stale. What it has started in other groups stops and ends with it.
 */
export function startEnvironment(spec: {
  readonly workspace: Workspace;
  readonly program: Pick<Program, 'executable' | 'args' | 'inspection' | 'canBeHeld'>;
  /** A program that gets the command of the runtime as its arguments, and runs it: its path, and the path for messages. */
  readonly wrapper?: readonly [path: string, shown: string];
  readonly taskRoot: string;
  readonly memorySizeMb: number;
  /** The complete environment: the process inherits nothing else. */
  readonly variables: Readonly<Record<string, string>>;
  /** The time for which functions are held counts for no time-out. */
  readonly holds: Holds;
  /** Receives each line of output; a `console` call of several lines comes as one. */
  output(line: string): void;
}) {
  const { workspace, program, memorySizeMb, holds } = spec;
  const { inspection } = program;
  /** A debugger may be attached: nothing is frozen, and neither memory nor time is limited. */
  const isInspected = inspection !== undefined;
  const mark = workspace.newMark();
  const runtime = [program.executable, ...program.args];
  const [command = '', ...parameters] =
    spec.wrapper === undefined
      ? runtime
      : ['/bin/sh', '-c', START_WRAPPED, 'bootstrap', ...spec.wrapper, ...runtime];
  const child = checkSpawned(
    spawn(command, parameters, {
      cwd: spec.taskRoot,
      env: { ...spec.variables, [PROCESS_MARK]: mark },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...(isInspected ? (['pipe'] as const) : [])],
      detached: true,
    }),
  );
  const { pid } = child;
  if (pid !== undefined) workspace.guard(pid);
  const send = connectRuntime(child.stdio[3] as Duplex, receive);
  const closed = Promise.withResolvers<void>();
  /** The ID of the last phase whose output has been read, by stream. */
  const marks = { stdout: '', stderr: '' };
  let onMark: (() => void) | undefined;
  let phase: Phase | undefined;
  let isAlive = true;
  /** The memory peak in this environment's life, which AWS reports. */
  let peakKb = 0;
  /** What was stopped together with the process group. */
  let frozen: ProcessFamily | undefined;
  /** Changes when the process group is stopped or continues. */
  let freezes = 0;

  /** Whether the runtime was told that functions are held. */
  let knowsHeld = false;
  const inspected =
    inspection &&
    inspectProcess(inspection, child.stdio[4] as Duplex, {
      holds,
      output: spec.output,
      kill: () => sendSignal('SIGKILL'),
    });

  const outputs = [readOutput('stdout'), readOutput('stderr')];
  const unsubscribe = holds.subscribe(() => {
    if (phase !== undefined || isInspected) tellHeld();
  });
  child.on('error', (error) => close(error.message));
  child.on('exit', (code, signal) => {
    // Its children would keep the output open, and outlive the process.
    sendSignal('SIGKILL');
    const ended = endFamily();
    const status = exitStatus(code, signal);
    const stopReading = () => {
      for (const stream of child.stdio) stream?.destroy();
      void ended.then(() => close(status));
    };
    // When the timer fires, output that has arrived is still read.
    const limit = setTimeout(() => setImmediate(stopReading), DRAIN_LIMIT_MS);
    child.once('close', () => {
      clearTimeout(limit);
      void ended.then(() => close(status));
    });
  });

  function readOutput(stream: 'stdout' | 'stderr') {
    const output = stream === 'stderr' ? inspected?.stderr : undefined;
    const lines = createOutputLines(output ?? spec.output, (id) => {
      marks[stream] = id;
      onMark?.();
    });
    child[stream]?.on('data', (chunk: Buffer) => lines.push(chunk));
    child[stream]?.on('error', () => {});
    return lines;
  }

  /** Tells the runtime whether functions are held, if it does not know. */
  function tellHeld(): void {
    if (!program.canBeHeld || knowsHeld === holds.isHeld || !isAlive) return;
    knowsHeld = holds.isHeld;
    try {
      send({ held: knowsHeld });
    } catch {
      // The process has ended, or closed its pipe. What runs in it fails for that reason.
    }
  }

  function close(status: string | undefined): void {
    if (!isAlive) return;
    isAlive = false;
    unsubscribe();
    inspected?.close();
    for (const lines of outputs) lines.end();
    if (pid !== undefined) workspace.release(pid);
    const outcome = defined({ kind: 'exit' as const, outOfMemory: false, status });
    phase?.settle(phase.answer ?? { outcome, at: performance.now() });
    closed.resolve();
  }

  function receive(message: RuntimeMessage): void {
    peakKb = Math.max(peakKb, message.maxRssKb);
    const current = phase;
    // A message about an earlier invocation comes too late.
    if (current?.id !== message.id) return;
    const { id, fault } = current;
    if (fault?.when === 'after') {
      if (fault.type === 'kill-function') sendSignal('SIGKILL');
      else stop();
      return;
    }
    const limitMb = isInspected ? Number.POSITIVE_INFINITY : memorySizeMb;
    const answer = { outcome: outcomeOf(message, limitMb), at: performance.now() };
    current.answer = answer;
    // The process exits by itself.
    if (message.kind === 'crash' && id !== 'init') return;
    void drained(id).then(() => {
      // After an init error the process is useless, even if it does not exit.
      if (message.kind === 'crash' || fault?.when === 'idle') return sendSignal('SIGKILL');
      freeze();
      current.settle(answer);
    });
  }

  /** Resolves when all output from before the answer has been read. */
  async function drained(id: string): Promise<void> {
    const isComplete = () => marks.stdout === id && marks.stderr === id;
    if (isComplete()) return;
    await new Promise<void>((resolve) => {
      const limit = setTimeout(resolve, DRAIN_LIMIT_MS);
      onMark = () => {
        if (!isComplete()) return;
        clearTimeout(limit);
        resolve();
      };
    });
    onMark = undefined;
  }

  /** Signals the process group. */
  function sendSignal(signal: NodeJS.Signals): void {
    if (pid !== undefined) signalProcess(-pid, signal);
  }

  /** Whether the function has ever started a process: see {@link PROCESS_MARK}. */
  const hasFamily = () => existsSync(mark);

  function freeze(): void {
    if (!isInspected) stop();
  }

  function stop(): void {
    sendSignal('SIGSTOP');
    freezes += 1;
    const current = freezes;
    // The response goes out before the search.
    setImmediate(() => {
      if (current !== freezes || !hasFamily()) return;
      void findMarkedFamily(mark).then((family) => {
        if (current !== freezes) return;
        signalFamily(family, 'SIGSTOP');
        frozen = family;
      });
    });
  }

  function thaw(): void {
    if (isInspected) return;
    freezes += 1;
    if (frozen !== undefined) signalFamily(frozen, 'SIGCONT');
    frozen = undefined;
    sendSignal('SIGCONT');
  }

  async function endFamily(): Promise<void> {
    if (!hasFamily()) return;
    await endMarkedFamily(mark);
    await rm(mark, { force: true });
  }

  async function kill(): Promise<void> {
    if (isAlive && hasFamily()) {
      // Stopped and not yet killed: the descendants of a process that has ended get another parent.
      sendSignal('SIGSTOP');
      signalFamily(await findMarkedFamily(mark), 'SIGKILL');
    }
    if (isAlive) sendSignal('SIGKILL');
    await closed.promise;
  }

  async function run(
    id: string,
    timeoutMs: number,
    fault: InvocationFault | undefined,
    begin: () => void,
  ): Promise<RuntimeReport> {
    const startedAt = performance.now();
    const { promise, resolve } = Promise.withResolvers<Settled>();
    const settle = (outcome: RuntimeOutcome) => resolve({ outcome, at: performance.now() });
    phase = { id, fault, settle: resolve };
    // Without its limit, a fault that stops the process would never end.
    const hasLimits = !isInspected || fault !== undefined;
    const cancelTimer = hasLimits
      ? holds.setTimeout(() => {
          // At once: work after the time-out would happen twice if the caller tries again.
          sendSignal('SIGSTOP');
          settle({ kind: 'timeout' });
        }, timeoutMs)
      : () => {};
    try {
      if (!isAlive) throw new Error('The process has ended.');
      begin();
    } catch {
      // The process ended, or closed its connection, while it was idle.
      settle({ kind: 'exit', outOfMemory: false, status: 'signal: killed' });
    }
    const memory = setInterval(() => {
      const usedKb = residentKb(pid);
      peakKb = Math.max(peakKb, usedKb);
      if (isInspected || usedKb <= memorySizeMb * 1024) return;
      // At once: it could take the memory of this machine.
      sendSignal('SIGSTOP');
      settle(outOfMemory);
    }, MEMORY_CHECK_MS);
    const { outcome, at } = await promise;
    cancelTimer();
    clearInterval(memory);
    phase = undefined;
    const lost = outcome.kind === 'timeout' || outcome.kind === 'exit';
    if (lost || (id === 'init' && outcome.kind !== 'ready')) await kill();
    const maxMemoryUsedMb = Math.min(Math.ceil(peakKb / 1024), memorySizeMb);
    return { outcome, durationMs: at - startedAt, maxMemoryUsedMb };
  }

  return {
    /** Resolves when the process has ended and all its output has been read. */
    closed: closed.promise,
    isAlive: () => isAlive,
    /** Waits until the runtime has loaded the handler. If it fails or takes longer, the process is killed. */
    initialize: (timeoutMs: number) => run('init', timeoutMs, undefined, tellHeld),
    /** Runs one invocation. A failure, a hang or a kill is an outcome; nothing is thrown. */
    invoke: (invocation: RuntimeInvocation, timeoutMs: number, fault?: InvocationFault) =>
      run(invocation.requestId, timeoutMs, fault, () => {
        if (fault !== undefined && (fault.when ?? 'before') === 'before') {
          if (fault.type === 'kill-function') sendSignal('SIGKILL');
          return;
        }
        thaw();
        tellHeld();
        send(invocation);
      }),
    /** Kills the process and all that it started, frozen or not, and waits until they have ended. */
    kill,
  };
}

const outOfMemory: RuntimeOutcome = { kind: 'exit', outOfMemory: true, status: 'signal: killed' };

/** The memory of a process, in KB. Elsewhere than on Linux, 0: its runtime tells its peak when it answers. */
function residentKb(pid: number | undefined): number {
  if (process.platform !== 'linux' || pid === undefined) return 0;
  try {
    const [, resident = '0'] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(resident);
  } catch {
    return 0;
  }
}

/** Checks the peak of memory when the function answers: a short one is seen by no look at it. */
function outcomeOf(message: RuntimeMessage, memorySizeMb: number): RuntimeOutcome {
  if (message.maxRssKb > memorySizeMb * 1024) return outOfMemory;
  if (message.kind === 'ready') return { kind: 'ready' };
  const body = Buffer.from(message.body);
  if (message.kind !== 'response') return { kind: 'error', document: body, errorType: message.errorType };
  return body.length > MAX_RESPONSE_BYTES ? { kind: 'too-large' } : { kind: 'response', payload: body };
}

const SIGNAL_WORDS: ReadonlyMap<string, string> = new Map([
  ['SIGKILL', 'killed'],
  ['SIGABRT', 'aborted'],
  ['SIGSEGV', 'segmentation fault'],
]);

/** A process's end in Go's words, as in Lambda's errors. `undefined` for status 0. */
function exitStatus(code: number | null, signal: string | null): string | undefined {
  if (signal !== null) return `signal: ${SIGNAL_WORDS.get(signal) ?? signal.toLowerCase()}`;
  return code === 0 || code === null ? undefined : `exit status ${code}`;
}
