import { stripVTControlCharacters } from 'node:util';

/** The result of a run. */
export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `cross-account` in this process, in a tenth of the time that a child takes. It gets the folder and the environment that
 * a child would get, and its output is returned. For one command at a time. Modules are loaded once: the names of
 * commands in `--help` are right for the first folder. `main.test.ts` runs the program.
 * @param args the arguments of `cross-account`
 * @param environment is added to the environment of this process. `undefined` leaves a variable out
 */
export async function runInProcess(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<Run> {
  const { cwd: ownCwd, env, exitCode } = process;
  const output = { stdout: '', stderr: '' };
  using stack = new DisposableStack();
  stack.defer(() => {
    Object.assign(process, { cwd: ownCwd, env, exitCode });
  });
  for (const name of ['stdout', 'stderr'] as const) {
    const { write } = process[name];
    stack.defer(() => {
      process[name].write = write;
    });
    process[name].write = (text: string | Uint8Array) => {
      output[name] += String(text);
      return true;
    };
  }
  // A process ends with its command. This one goes on, and would collect the listeners of all.
  stack.defer(removesNewListeners(process.stdout, ['error']));
  stack.defer(removesNewListeners(process, ['SIGINT', 'SIGTERM', 'SIGHUP']));
  const variables = Object.entries({ ...env, ...environment }).filter(([, value]) => value !== undefined);
  Object.assign(process, { cwd: () => cwd, env: Object.fromEntries(variables), exitCode: undefined });

  const { run } = await import('./main.ts');
  await run(args);
  return {
    exitCode: Number(process.exitCode ?? 0),
    // Whether there are colours was decided when Jest started.
    stdout: stripVTControlCharacters(output.stdout),
    stderr: stripVTControlCharacters(output.stderr),
  };
}

function removesNewListeners(emitter: NodeJS.EventEmitter, events: readonly string[]): () => void {
  const before = new Map(events.map((event) => [event, new Set(emitter.listeners(event))]));
  return () => {
    for (const [event, listeners] of before) {
      for (const listener of emitter.listeners(event)) {
        if (!listeners.has(listener)) emitter.removeListener(event, listener as () => void);
      }
    }
  };
}
