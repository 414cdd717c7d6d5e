import type { Clock } from '../../../core/clock.ts';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import { continueTrace } from '../../../core/trace-header.ts';
import type { InvocationFault } from '../../../faults/index.ts';
import { currentRequest } from '../../../pipeline/request-scope.ts';
import type { RuntimeReport } from '../runtime/execution-environment.ts';
import type { FunctionStore, FunctionVersion, LambdaFunction } from '../store.ts';
import type { Environment, Environments } from './environments.ts';
import { conclude, type Invocation, type InvocationResult, initReport, reportLine } from './result.ts';

/** The limits of invocations, and faults to inject into them. */
export interface InvokerOptions {
  readonly clock: Clock;
  /** Concurrent executions of an account in a region. Default 50. */
  readonly concurrency?: number;
  readonly fault?: (invoked: {
    readonly accountId: string;
    readonly functionName: string;
  }) => InvocationFault | undefined;
}

type TracedInvocation = Invocation & { readonly traceHeader: string };

const INIT_LIMIT_MS = 10_000;

/** Runs invocations: in a frozen environment, or by a cold start if none is free. */
export class Invoker {
  readonly #options: InvokerOptions;
  readonly #store: FunctionStore;
  readonly #environments: Environments;
  /** The function of each invocation that runs. */
  readonly #running: LambdaFunction[] = [];
  /** The traced request of each invocation that runs, by the access key of its environment. */
  readonly #tracedRequests = new Map<string, string>();

  constructor(options: InvokerOptions, store: FunctionStore, environments: Environments) {
    this.#options = options;
    this.#store = store;
    this.#environments = environments;
  }

  /** Runs one invocation to its end. Errors are in the result; nothing is thrown. */
  async run(
    invoked: LambdaFunction,
    version: FunctionVersion,
    invocation: Invocation,
  ): Promise<InvocationResult> {
    const { requestId } = invocation;
    const limit = this.#limitReached(invoked);
    if (limit !== undefined) {
      const error = new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, { Reason: limit });
      return { kind: 'throttled', requestId, error };
    }
    this.#running.push(invoked);
    try {
      return await this.#run(version, invocation);
    } catch (error) {
      const message = 'Lambda could not run the function: internal error.';
      const known = error instanceof AwsError ? error : new AwsError('ServiceException', message, 500);
      return { kind: 'failed', requestId, error: known };
    } finally {
      this.#running.splice(this.#running.indexOf(invoked), 1);
    }
  }

  /** The traced request of the invocation that runs with these credentials now. */
  currentInvocation(accessKeyId: string): string | undefined {
    return this.#tracedRequests.get(accessKeyId);
  }

  /** The limit that one more invocation would break: the account's, or the function's reserved concurrency. */
  #limitReached(invoked: LambdaFunction): string | undefined {
    const runningOf = (one: LambdaFunction) => this.#running.filter((each) => each === one).length;
    const { reservedConcurrency: reserved } = invoked;
    if (reserved !== undefined) {
      const isReached = runningOf(invoked) >= reserved;
      return isReached ? 'ReservedFunctionConcurrentInvocationLimitExceeded' : undefined;
    }
    const used = this.#store
      .list(invoked)
      .reduce((sum, one) => sum + (one.reservedConcurrency ?? runningOf(one)), 0);
    return used >= (this.#options.concurrency ?? 50) ? 'ConcurrentInvocationLimitExceeded' : undefined;
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
    if (failure !== undefined) log.line(initReport(failure));
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
    this.#tracedRequests.set(credential.accessKeyId, invocation.tracedRequestId);
    try {
      const { requestId, invokedFunctionArn: functionArn, traceHeader: traceId } = invocation;
      const { payload, clientContext } = invocation;
      // By the machine's clock, not the server's: the function compares it with its own.
      const deadlineMs = Date.now() + timeoutMs;
      return await environment.process.invoke(
        defined({ requestId, functionArn, deadlineMs, traceId, payload, clientContext }),
        timeoutMs,
        fault,
      );
    } finally {
      this.#tracedRequests.delete(credential.accessKeyId);
    }
  }

  async #finish(
    environment: Environment,
    invocation: TracedInvocation,
    report: RuntimeReport,
    initDurationMs?: number,
  ): Promise<InvocationResult> {
    const { log, version } = environment;
    const { requestId, traceHeader } = invocation;
    const conclusion = conclude(report.outcome, requestId, version, this.#options.clock.now());
    if (conclusion.fault !== undefined) log.line(conclusion.fault);
    log.line(`END RequestId: ${requestId}`);
    log.line(reportLine(invocation, version, report, conclusion, initDurationMs));
    log.flush();
    const logTail = log.takeTail();
    await this.#environments.put(environment);
    const { kind, payload, errorType } = conclusion;
    const executedVersion = version.version;
    return defined({ kind, payload, requestId, executedVersion, logTail, errorType, traceHeader });
  }
}
