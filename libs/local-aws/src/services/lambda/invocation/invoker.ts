import type { Clock } from '../../../core/clock.ts';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import { continueTrace } from '../../../core/trace-header.ts';
import type { InvocationFault } from '../../../faults/index.ts';
import { currentRequest } from '../../../pipeline/request-scope.ts';
import type { RuntimeReport } from '../runtime/execution-environment.ts';
import type { FunctionStore, FunctionVersion, LambdaFunction } from '../store.ts';
import { Concurrency } from './concurrency.ts';
import type { Environment, Environments } from './environments.ts';
import type { EnvironmentLog } from './log.ts';
import { initReport, report } from './report.ts';
import { conclude, type Invocation, type InvocationResult } from './result.ts';

/** The limits of invocations, and faults to inject into them. */
export interface InvokerOptions {
  readonly clock: Clock;
  /** Concurrent executions of an account in a region. Default 50. */
  readonly concurrency?: number;
  /** Returns the fault to inject into an invocation, if there is one. */
  readonly fault?: (invoked: {
    readonly accountId: string;
    readonly functionName: string;
  }) => InvocationFault | undefined;
}

const INIT_LIMIT_MS = 10_000;

/** Runs invocations: in a frozen environment, or by a cold start if none is free. */
export class Invoker {
  readonly #options: InvokerOptions;
  readonly #environments: Environments;
  readonly #concurrency: Concurrency;
  /** The traced request of each invocation that runs, by the access key of its environment. */
  readonly #running = new Map<string, string>();

  constructor(options: InvokerOptions, store: FunctionStore, environments: Environments) {
    this.#options = options;
    this.#environments = environments;
    this.#concurrency = new Concurrency(store, options.concurrency ?? 50);
  }

  /** Runs one invocation to its end. Errors are in the result; nothing is thrown. */
  async run(
    invoked: LambdaFunction,
    version: FunctionVersion,
    invocation: Invocation,
  ): Promise<InvocationResult> {
    const { requestId } = invocation;
    let leave: () => void;
    try {
      leave = this.#concurrency.enter(invoked);
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

  /** The traced request of the invocation that runs with these credentials now. */
  currentInvocation(accessKeyId: string): string | undefined {
    return this.#running.get(accessKeyId);
  }

  async #run(version: FunctionVersion, untraced: Invocation): Promise<InvocationResult> {
    const { Timeout, TracingConfig } = version.settings;
    const traceHeader = continueTrace(untraced.traceHeader, this.#options.clock.now(), {
      tracing: TracingConfig.Mode === 'Active',
      keepsParent: false,
    });
    const invocation = { ...untraced, traceHeader };
    const warm = this.#environments.take(version);
    const environment = warm ?? (await this.#environments.start(version));
    const { log } = environment;
    // AWS runs an init that fails or takes longer than 10 s once more, as part of the invocation.
    const limitMs = Math.max(INIT_LIMIT_MS, Timeout * 1000);
    const init = warm === undefined ? await environment.process.initialize(limitMs) : undefined;
    const failure = init?.outcome.kind === 'ready' ? undefined : init;
    if (failure !== undefined) logFailedInit(log, failure);
    log.startTail();
    log.line(`START RequestId: ${invocation.requestId} Version: ${version.version}`);
    if (failure !== undefined) return this.#finish(environment, invocation, failure);
    const invoked = await this.#invoke(environment, invocation);
    return this.#finish(environment, invocation, invoked, init?.durationMs);
  }

  async #invoke(environment: Environment, invocation: TracedInvocation): Promise<RuntimeReport> {
    const { version, credential } = environment;
    const timeoutMs = version.settings.Timeout * 1000;
    const fault = this.#options.fault?.({ accountId: version.accountId, functionName: version.name });
    if (fault !== undefined) currentRequest()?.faults.push(fault);
    this.#running.set(credential.accessKeyId, invocation.tracedRequestId);
    try {
      return await environment.process.invoke(
        defined({
          requestId: invocation.requestId,
          functionArn: invocation.invokedFunctionArn,
          // By the machine's clock, not the server's: the function compares it with its own.
          deadlineMs: Date.now() + timeoutMs,
          traceId: invocation.traceHeader,
          payload: invocation.payload,
          clientContext: invocation.clientContext,
        }),
        timeoutMs,
        fault,
      );
    } finally {
      this.#running.delete(credential.accessKeyId);
    }
  }

  async #finish(
    environment: Environment,
    invocation: TracedInvocation,
    { outcome, ...figures }: RuntimeReport,
    initDurationMs?: number,
  ): Promise<InvocationResult> {
    const { log, version } = environment;
    const { requestId, traceHeader } = invocation;
    const { Timeout, MemorySize: memorySizeMb } = version.settings;
    const now = this.#options.clock.now();
    const { kind, payload, errorType, status, fault } = conclude(outcome, requestId, Timeout, now);
    if (fault !== undefined) log.line(fault);
    log.line(`END RequestId: ${requestId}`);
    log.line(
      report({
        requestId,
        ...figures,
        memorySizeMb,
        initDurationMs,
        status,
        traceHeader,
        errorType: status === 'error' ? errorType : undefined,
      }),
    );
    log.flush();
    const logTail = log.takeTail();
    await this.#environments.put(environment);
    const executedVersion = version.version;
    return defined({ kind, payload, requestId, executedVersion, logTail, errorType, traceHeader });
  }
}

type TracedInvocation = Invocation & { readonly traceHeader: string };

function logFailedInit(log: EnvironmentLog, { outcome, durationMs }: RuntimeReport): void {
  const errorType =
    outcome.kind === 'error' ? outcome.errorType : outcome.kind === 'exit' ? 'Runtime.ExitError' : undefined;
  const status = outcome.kind === 'timeout' ? 'timeout' : 'error';
  log.line(initReport(durationMs, { status, errorType }));
}

function serviceError(error: unknown): AwsError {
  return error instanceof AwsError
    ? error
    : new AwsError('ServiceException', 'Lambda could not run the function: internal error.', 500);
}
