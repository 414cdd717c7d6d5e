import type { Clock } from '../../../core/clock.ts';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { ParentRequest, ParentRequests } from '../../../core/parent-request.ts';
import { continueTrace, type Lineage } from '../../../core/trace-header.ts';
import type { FaultInjector } from '../../../faults/index.ts';
import { currentRequest, failedWith } from '../../../pipeline/request-scope.ts';
import { hashFiles } from '../code/hash-files.ts';
import { functionArn } from '../functions/function-name.ts';
import type { WarmEnvironments } from '../inspection/warm-environments.ts';
import type { RuntimeReport } from '../runtime/execution-environment.ts';
import type { FunctionStore, FunctionVersion, LambdaFunction } from '../store.ts';
import type { Environment, Environments } from './environments.ts';
import { readFailure } from './failure.ts';
import { countInChain, loopMessage } from './recursion.ts';
import { conclude, type Invocation, type InvocationResult, initReport, reportLine } from './result.ts';

/** The limits of invocations, and the faults to inject. */
export interface InvokerOptions {
  readonly clock: Clock;
  /** Concurrent executions of an account in a region. Default 50. */
  readonly concurrency?: number;
  readonly fault?: FaultInjector['nextForInvocation'];
  /** Receives messages about loops. */
  readonly report?: (message: string) => void;
}

type TracedInvocation = Invocation & { readonly traceHeader: string };

const INIT_LIMIT_MS = 10_000;

/** Runs invocations. */
export type Invoker = ReturnType<typeof createInvoker>;

/** Runs invocations: in a frozen environment, or by a cold start if none is free. */
export function createInvoker(
  options: InvokerOptions,
  store: FunctionStore,
  environments: Environments,
  warmEnvironments: Pick<WarmEnvironments, 'starting'>,
  parentRequests: ParentRequests,
) {
  const { clock, concurrency = 50 } = options;
  /** The function of each running invocation. */
  const running: LambdaFunction[] = [];
  /** The functions whose loop was reported. */
  const loops = new WeakSet<LambdaFunction>();

  /** The limit that one more invocation would exceed: the account's, or the function's reserved concurrency. */
  function limitReached(invoked: LambdaFunction): string | undefined {
    const runningOf = (one: LambdaFunction) => running.filter((each) => each === one).length;
    const { reservedConcurrency: reserved } = invoked;
    if (reserved !== undefined) {
      const isReached = runningOf(invoked) >= reserved;
      return isReached ? 'ReservedFunctionConcurrentInvocationLimitExceeded' : undefined;
    }
    const used = store
      .list(invoked)
      .reduce((sum, one) => sum + (one.reservedConcurrency ?? runningOf(one)), 0);
    return used >= concurrency ? 'ConcurrentInvocationLimitExceeded' : undefined;
  }

  async function runVersion(
    version: FunctionVersion,
    untraced: Invocation,
    lineage: Lineage,
  ): Promise<InvocationResult> {
    const tracing = version.settings.TracingConfig.Mode === 'Active';
    const traceHeader = continueTrace(untraced.traceHeader, clock.now(), {
      tracing,
      keepsParent: false,
      lineage,
    });
    const invocation = { ...untraced, traceHeader };
    const starting = warmEnvironments.starting(version);
    if (starting !== undefined) await starting;
    const warm = environments.take(version);
    const environment = warm ?? (await environments.start(version));
    const { accessKeyId } = environment.credential;
    // The Invoke itself, or the request to the API. What the init phase sends belongs to it, too.
    const tracedId = currentRequest()?.requestId ?? invocation.requestId;
    const enterPhase = (phase: ParentRequest['phase']) =>
      parentRequests.set(accessKeyId, { requestId: tracedId, phase });
    const { report, initDurationMs } = await execute(environment, invocation, {
      isNew: warm === undefined,
      enterPhase,
    }).finally(() => parentRequests.delete(accessKeyId));
    return finish(environment, invocation, report, initDurationMs);
  }

  /** Runs the init phase of a new environment, then the invocation. If the init phase fails, the invocation fails in the same way. */
  async function execute(
    environment: Environment,
    invocation: TracedInvocation,
    { isNew, enterPhase }: { readonly isNew: boolean; enterPhase(phase: ParentRequest['phase']): void },
  ) {
    const { log, version } = environment;
    // AWS repeats an init that fails or takes longer than 10 s, as part of the invocation.
    const limitMs = Math.max(INIT_LIMIT_MS, version.settings.Timeout * 1000);
    enterPhase('init');
    const init = isNew ? await environment.process.initialize(limitMs) : undefined;
    const failure = init?.outcome.kind === 'ready' ? undefined : init;
    if (failure !== undefined) log.line(initReport(failure));
    log.startTail();
    log.line(`START RequestId: ${invocation.requestId} Version: ${version.version}`);
    if (failure !== undefined) return { report: failure };
    enterPhase('invocation');
    return { report: await invoke(environment, invocation), initDurationMs: init?.durationMs };
  }

  async function invoke(
    { version, process }: Environment,
    invocation: TracedInvocation,
  ): Promise<RuntimeReport> {
    const timeoutMs = version.settings.Timeout * 1000;
    const fault = options.fault?.({ account: version.accountId, function: version.name });
    if (fault !== undefined) currentRequest()?.faults.push(fault);
    const { requestId, invokedFunctionArn: functionArn, traceHeader: traceId } = invocation;
    const { payload, clientContext } = invocation;
    // By the machine's clock, not the server's: the function compares it with its own.
    const deadlineMs = Date.now() + timeoutMs;
    const message = defined({ requestId, functionArn, deadlineMs, traceId, payload, clientContext });
    return process.invoke(message, timeoutMs, fault);
  }

  async function finish(
    environment: Environment,
    invocation: TracedInvocation,
    report: RuntimeReport,
    initDurationMs?: number,
  ): Promise<InvocationResult> {
    const { log, version } = environment;
    const { requestId, traceHeader } = invocation;
    const conclusion = conclude(report.outcome, requestId, version, clock.now());
    if (conclusion.fault !== undefined) log.line(conclusion.fault);
    log.line(`END RequestId: ${requestId}`);
    log.line(reportLine(invocation, version, report, conclusion, initDurationMs));
    log.flush();
    const failure =
      conclusion.kind === 'function-error' ? readFailure(conclusion.payload) : log.loggedFailure();
    if (failure !== undefined) {
      // Now, because the package may be replaced and removed before anybody asks where the function failed.
      const files = await hashFiles(failure.stack, version.code.taskRoot);
      failedWith({ functionArn: functionArn(version), ...failure, files });
    }
    const logTail = log.takeTail();
    await environments.put(environment);
    const { kind, payload, errorType } = conclusion;
    const executedVersion = version.version;
    return defined({ kind, payload, requestId, executedVersion, logTail, errorType, traceHeader });
  }

  return {
    /** Runs one invocation to its end. Errors are in the result, and are not thrown. */
    async run(
      invoked: LambdaFunction,
      version: FunctionVersion,
      invocation: Invocation,
    ): Promise<InvocationResult> {
      const { requestId } = invocation;
      const { lineage, refusal } = countInChain(invoked, invocation.traceHeader);
      if (refusal !== undefined) {
        if (!loops.has(invoked)) options.report?.(loopMessage(invoked));
        loops.add(invoked);
        return { kind: 'recursive', requestId, error: refusal };
      }
      const limit = limitReached(invoked);
      if (limit !== undefined) {
        const error = new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, { Reason: limit });
        return { kind: 'throttled', requestId, error };
      }
      running.push(invoked);
      try {
        return await runVersion(version, invocation, lineage);
      } catch (error) {
        const message = 'Lambda could not run the function: internal error.';
        const known = error instanceof AwsError ? error : new AwsError('ServiceException', message, 500);
        return { kind: 'failed', requestId, error: known };
      } finally {
        running.splice(running.indexOf(invoked), 1);
      }
    },
  };
}
