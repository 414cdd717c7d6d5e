import type { Decision, StatementReference } from '@cross-account-api/iam';
import { isArn, parseArn } from '@cross-account-api/iam';
import type { FunctionFailure } from '../core/function-failure.ts';
import type { TraceEvent } from './event.ts';
import type { TraceRecord } from './record.ts';

/** A request in the trace: an event, or its record. */
export type TracedCall = TraceEvent | TraceRecord;

/** A request and the requests that it caused. */
export interface TraceTree<Call extends TracedCall = TraceEvent> {
  readonly event: Call;
  readonly children: readonly TraceTree<Call>[];
}

/** A request and the requests that it caused, as a tree; `undefined` if `events` lack it. */
export function traceTree<Call extends TracedCall>(
  events: readonly Call[],
  requestId: string,
): TraceTree<Call> | undefined {
  const event = events.find((one) => one.requestId === requestId);
  const caused = Map.groupBy(events, (one) => one.parentRequestId);
  // No circles: a request begins after the one that caused it.
  const treeOf = (one: Call): TraceTree<Call> => ({
    event: one,
    children: (caused.get(one.requestId) ?? []).map(treeOf),
  });
  return event && treeOf(event);
}

/** Deeper steps are not indented further: a chain of calls has no end. */
const DEEPEST = 10;

/** The columns by which a step is indented. */
export function indentOf({ depth }: Pick<Step, 'depth'>): number {
  return 2 * Math.min(depth, DEEPEST);
}

/** One step of a tree: a principal asks for something. */
export interface Step {
  readonly depth: number;
  /** Service and operation, e.g. `sts AssumeRole`. */
  readonly title: string;
  /** The principal's ARN, or why it is unknown. */
  readonly who: string;
  readonly accountId: string | undefined;
  readonly failed: boolean;
  /** Whether a policy denies it, and soft mode let it through. */
  readonly softened: boolean;
  readonly decisions: readonly Decision[];
  /** The answer. Absent if a service asks on its own behalf: then only the decision is known. */
  readonly answer?: Pick<TracedCall, 'status' | 'errorCode' | 'functionError' | 'durationMs' | 'faults'>;
  /** The first requests of a connection that the function made in its init phase, e.g. `dynamodb PutItem`: they changed nothing. */
  readonly warmUps: readonly string[];
  /** Why the function failed that this step invoked. */
  readonly failure?: FunctionFailure | undefined;
  readonly requestId: string;
  /** Whether a function made it in an init phase for which no invocation waits. */
  readonly isBeforeInvocation: boolean;
}

/**
 * Whether a function made it in its init phase to open a connection: a write whose condition was not met, so it changed nothing. It is no
 * step of the call.
 */
export function isWarmUp({ phase, errorCode }: Pick<TracedCall, 'phase' | 'errorCode'>): boolean {
  return phase === 'init' && errorCode === 'ConditionalCheckFailedException';
}

/** Whether a request failed, got no answer (status 0), or invoked a function that failed. */
export function hasFailed(
  call: Pick<TracedCall, 'status' | 'functionError' | 'phase' | 'errorCode'>,
): boolean {
  const { status, functionError } = call;
  return !isWarmUp(call) && (status >= 400 || status === 0 || functionError !== undefined);
}

/** The steps of a tree, each before the steps that it caused. A service's request on its own behalf is a step, too. */
export function stepsOf({ event, children }: TraceTree<TracedCall>, depth = 0): Step[] {
  const { requestId, accountId, service, operation, principal, refusal } = event;
  const { decisions, softened = false, failure } = event;
  const own = decisions.filter(({ principalArn }) => principalArn === principal);
  const why = refusal?.step === 'authentication' ? refusal.failure.kind : 'not authenticated';
  return [
    {
      depth,
      title: `${service} ${operation}`,
      who: principal ?? `unknown (${why.replaceAll('-', ' ')})`,
      accountId,
      failed: hasFailed(event),
      softened: softened && own.some(({ allowed }) => !allowed),
      decisions: own,
      answer: event,
      warmUps: children
        .filter((child) => isWarmUp(child.event))
        .map((child) => `${child.event.service} ${child.event.operation}`),
      failure: failure && isInvokedBy(failure, own) ? failure : undefined,
      requestId,
      isBeforeInvocation: event.phase === 'init' && event.parentRequestId === undefined,
    },
    ...decisions
      .filter(({ principalArn }) => principalArn !== principal)
      .map((decision) => {
        const failed = failure !== undefined && isInvokedBy(failure, [decision]);
        return {
          depth: depth + 1,
          title: decision.action.replace(':', ' '),
          who: decision.principalArn,
          accountId,
          failed: failed || (!decision.allowed && !softened),
          softened: !decision.allowed && softened,
          decisions: [decision],
          warmUps: [],
          failure: failed ? failure : undefined,
          requestId,
          isBeforeInvocation: false,
        };
      }),
    ...children.filter((child) => !isWarmUp(child.event)).flatMap((child) => stepsOf(child, depth + 1)),
  ];
}

/** Whether one of these decisions was on the invocation of the function that failed. */
function isInvokedBy({ functionArn }: FunctionFailure, decisions: readonly Decision[]): boolean {
  return decisions.some(
    ({ action, resource }) =>
      action === 'lambda:InvokeFunction' &&
      (resource === functionArn || resource.startsWith(`${functionArn}:`)),
  );
}

/** The name of a statement, or of its policy if it has none. */
export function statementName({ statement, policy }: StatementReference): string {
  if (!statement.startsWith('#')) return statement;
  return isArn(policy) ? parseArn(policy).name : policy;
}
