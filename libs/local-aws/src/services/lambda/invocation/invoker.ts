import type { Clock } from '../../../core/clock.ts';
import { AwsError } from '../../../core/errors.ts';
import type { FunctionFault, RuntimeReport } from '../runtime/execution-environment.ts';
import type { FunctionVersion, LambdaFunction } from '../store.ts';
import type { Concurrency } from './concurrency.ts';
import type { EnvironmentPool, WarmEnvironment } from './environment-pool.ts';
import type { EnvironmentLauncher } from './environments.ts';
import { conclude, type Invocation, type InvocationResult } from './result.ts';
import { traceHeader } from './trace-header.ts';

/** What the invoker works with. */
export interface InvokerParts {
  readonly clock: Clock;
  readonly pool: EnvironmentPool;
  readonly launcher: EnvironmentLauncher;
  readonly concurrency: Concurrency;
  /** The init phase's own time limit, in milliseconds. An init that fails or exceeds it runs again in the invocation. */
  readonly initLimitMs: number;
  /** The fault for an invocation, where there is to be one. */
  readonly fault: (version: FunctionVersion) => FunctionFault | undefined;
}

interface Run {
  readonly report: RuntimeReport;
  readonly initDurationMs?: number;
}

/** Runs invocations: warm where an environment waits, cold where none does. */
export class Invoker {
  readonly #parts: InvokerParts;
  /** The traced request of each invocation that runs, by the access key of its environment. */
  readonly #running = new Map<string, string>();

  constructor(parts: InvokerParts) {
    this.#parts = parts;
  }

  /** Runs one invocation to its end. What goes wrong is the result; it is not thrown. */
  async run(
    invoked: LambdaFunction,
    version: FunctionVersion,
    invocation: Invocation,
  ): Promise<InvocationResult> {
    const { requestId } = invocation;
    let leave: () => void;
    try {
      leave = this.#parts.concurrency.enter(invoked);
    } catch (error) {
      return { kind: 'throttled', requestId, error: serviceError(error) };
    }
    try {
      return await this.#run(version, invocation);
    } catch (error) {
      return { kind: 'failed', requestId, error: serviceError(error) };
    } finally {
      leave();
    }
  }

  async #run(version: FunctionVersion, invocation: Invocation): Promise<InvocationResult> {
    const { clock, pool, launcher } = this.#parts;
    const trace = traceHeader(invocation.traceHeader, version.settings.tracing === 'Active', clock.now());
    const begin = ({ log }: Pick<WarmEnvironment, 'log'>) => {
      log.startTail();
      log.platform({ type: 'start', requestId: invocation.requestId, version: version.version });
    };
    let warm = pool.take(version);
    let run: Run;
    if (warm !== undefined) {
      begin(warm);
      run = { report: await this.#invoke(warm, invocation, trace) };
    } else {
      const prepared = await launcher.prepare(version);
      prepared.log.platform({ type: 'initStart', runtimeVersion: `nodejs:24 (${process.version})` });
      warm = await launcher.start(version, prepared);
      let init = await warm.environment.initialize(this.#parts.initLimitMs);
      const succeeded = init.outcome.kind === 'ready';
      if (succeeded) begin(warm);
      else {
        reportInit(warm, init, 'init');
        begin(warm);
        warm = await launcher.start(version, prepared);
        init = await warm.environment.initialize(version.settings.timeout * 1000);
        if (init.outcome.kind !== 'ready') reportInit(warm, init, 'invoke');
      }
      run =
        init.outcome.kind !== 'ready'
          ? { report: init }
          : {
              report: await this.#invoke(warm, invocation, trace),
              ...(succeeded ? { initDurationMs: init.durationMs } : {}),
            };
    }
    return this.#finish(warm, invocation, trace, run);
  }

  /** The traced request of the invocation that the holder of an access key runs now. */
  currentInvocation(accessKeyId: string): string | undefined {
    return this.#running.get(accessKeyId);
  }

  async #invoke(warm: WarmEnvironment, invocation: Invocation, trace: string): Promise<RuntimeReport> {
    const timeoutMs = warm.version.settings.timeout * 1000;
    const { accessKeyId } = warm.credential;
    this.#running.set(accessKeyId, invocation.tracedRequestId);
    try {
      return await warm.environment.invoke(
        {
          requestId: invocation.requestId,
          functionArn: invocation.invokedFunctionArn,
          // The machine's clock, not the server's: the function compares it with its own.
          deadlineMs: Date.now() + timeoutMs,
          traceId: trace,
          payload: invocation.payload,
          ...(invocation.clientContext === undefined ? {} : { clientContext: invocation.clientContext }),
        },
        timeoutMs,
        this.#parts.fault(warm.version),
      );
    } finally {
      this.#running.delete(accessKeyId);
    }
  }

  async #finish(
    warm: WarmEnvironment,
    invocation: Invocation,
    trace: string,
    { report, initDurationMs }: Run,
  ): Promise<InvocationResult> {
    const { version, log } = warm;
    const { requestId } = invocation;
    const { settings } = version;
    const end = conclude(report.outcome, invocation, settings.timeout, this.#parts.clock.now());
    if (end.fault !== undefined) log.platform({ type: 'fault', requestId, text: end.fault });
    log.platform({ type: 'end', requestId });
    log.platform({
      type: 'report',
      requestId,
      durationMs: report.durationMs,
      memorySizeMb: settings.memorySize,
      maxMemoryUsedMb: report.maxMemoryUsedMb,
      ...(initDurationMs === undefined ? {} : { initDurationMs }),
      status: end.status,
      ...(end.status === 'error' && end.errorType !== undefined ? { errorType: end.errorType } : {}),
      traceId: trace,
    });
    log.flush();
    const logTail = log.takeTail();
    await this.#parts.pool.put(warm);
    return {
      kind: end.kind,
      payload: end.payload,
      requestId,
      executedVersion: version.version,
      logTail,
      ...(end.errorType === undefined ? {} : { errorType: end.errorType }),
      traceHeader: trace,
    };
  }
}

function reportInit(
  { log }: WarmEnvironment,
  { outcome, durationMs }: RuntimeReport,
  phase: 'init' | 'invoke',
): void {
  const errorType =
    outcome.kind === 'error' ? outcome.errorType : outcome.kind === 'exit' ? 'Runtime.ExitError' : undefined;
  log.platform({
    type: 'initReport',
    phase,
    durationMs,
    status: outcome.kind === 'timeout' ? 'timeout' : 'error',
    ...(errorType === undefined ? {} : { errorType }),
  });
}

function serviceError(error: unknown): AwsError {
  return error instanceof AwsError
    ? error
    : new AwsError('ServiceException', 'Lambda could not run the function: internal error.', 500);
}
