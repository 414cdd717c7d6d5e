import { plainPalette } from '@cross-account-api/command-line/text';
import type { StatementReference } from '@cross-account-api/iam';
import { isArn, parseArn } from '@cross-account-api/iam';
import { explainEvent } from '../explain/refusal.ts';
import { renderExplanation } from '../explain/render.ts';
import type { TraceEvent } from '../trace/event.ts';
import { recordOf } from '../trace/record.ts';
import { traceTree } from '../trace/steps.ts';
import type { Trace } from '../trace/store.ts';
import { renderTraceTree } from '../trace/tree.ts';

/** The decision of the policies on a call. */
export interface CallDecision {
  /**
   * Whether the policies allowed it. `undefined` if IAM was not asked, because the signature is wrong, or the route has no authorizer or does
   * not exist.
   */
  readonly allowed: boolean | undefined;
  /** The statements that decided: their `Sid`, or policy and position, such as `AdministratorAccess #1`. An implicit denial has none. */
  readonly by: readonly string[];
  /** The reason in words and, for a denial, the smallest change that would allow the call. */
  readonly explanation: string;
}

/** The traces of all instances that run in this module. */
const traces = new Set<Trace>();

/** Makes the calls of a trace known to {@link decisionOn}. @returns a function that ends it */
export function watchTrace(trace: Trace): () => void {
  traces.add(trace);
  return () => void traces.delete(trace);
}

/**
 * The decision of the policies on a call that a running {@link TestAws} has answered.
 * @param call the `Response` of a `fetch`; the output or the error of an AWS SDK's command; the result or the error of `invoke`; or one of
 * `calls()`
 * @throws TypeError if it is something else, or if no running instance knows the call
 */
export function decisionOn(call: unknown): CallDecision {
  const { event, trace } = findCall(call);
  return {
    allowed: isAllowed(event),
    by: statementsOf(event).map(nameOf),
    explanation: explain(event, trace),
  };
}

/** The statements that decided on a call. */
export function decidingStatements(call: unknown): readonly StatementReference[] {
  return statementsOf(findCall(call).event);
}

/** Whether a name is that of a statement: its `Sid`, its policy, or its policy and its position. */
export function isNameOf(name: string, reference: StatementReference): boolean {
  const { policy, statement } = reference;
  return [statement, policy, shortName(policy), nameOf(reference)].includes(name);
}

function statementsOf({ decisions, principal }: TraceEvent): readonly StatementReference[] {
  const denial = decisions.findLast(({ allowed }) => !allowed);
  if (denial === undefined) {
    const own = decisions.filter(({ principalArn }) => principalArn === principal);
    return own.flatMap((each) => (each.allowed ? each.decidedBy : []));
  }
  return !denial.allowed && denial.denial === 'explicit' ? denial.decidedBy : [];
}

/** API Gateway also asks whether it may invoke the function itself, which says nothing about the caller unless it is denied. */
function isAllowed({ decisions, principal }: TraceEvent): boolean | undefined {
  if (decisions.some(({ allowed }) => !allowed)) return false;
  return decisions.some(({ principalArn }) => principalArn === principal) ? true : undefined;
}

function nameOf({ statement, policy }: StatementReference): string {
  return statement.startsWith('#') ? `${shortName(policy)} ${statement}` : statement;
}

/** @example shortName('arn:aws:iam::aws:policy/AdministratorAccess') // 'AdministratorAccess' */
function shortName(policy: string): string {
  return isArn(policy) ? parseArn(policy).name : policy;
}

const WIDTH = 120;

function explain(event: TraceEvent, trace: Trace): string {
  const options = { palette: plainPalette, width: WIDTH };
  const lines = renderExplanation(explainEvent(recordOf(event)), options);
  const tree = traceTree(trace.events(), event.requestId);
  if (tree === undefined || tree.children.length === 0) return lines.join('\n');
  return [...lines, '', 'With the calls that it caused:', ...renderTraceTree(tree, options)].join('\n');
}

/** @throws TypeError */
function findCall(call: unknown): { readonly event: TraceEvent; readonly trace: Trace } {
  const requestId = requestIdOf(call);
  if (requestId === undefined) {
    const hint = isThenable(call) ? ' Await it first.' : '';
    throw new TypeError(
      `A decision is that on a call: the Response of fetch, the output or the error of an AWS SDK's command, the result or the error of invoke(), or one of calls(). This is ${describe(call)}.${hint}`,
    );
  }
  for (const trace of traces) {
    const event = trace.find(requestId);
    if (event !== undefined) return { event, trace };
  }
  throw new TypeError(
    `No local AWS that runs in this file knows the request ${requestId.slice(0, 100)}. Another one may have answered it, or a reset() has forgotten it, or more than 2,000 calls came after it.`,
  );
}

/** The headers that have the ID of a request: of REST APIs, whose other ID a client can choose, of most services, of HTTP APIs, of S3. */
const HEADERS = ['x-amz-apigw-id', 'x-amzn-requestid', 'apigw-requestid', 'x-amz-request-id'];

function requestIdOf(call: unknown): string | undefined {
  if (typeof call !== 'object' || call === null) return undefined;
  const { headers, $metadata, requestId } = call as {
    readonly headers?: { readonly get?: unknown };
    readonly $metadata?: { readonly requestId?: unknown };
    readonly requestId?: unknown;
  };
  if (typeof requestId === 'string') return requestId;
  if (typeof $metadata?.requestId === 'string') return $metadata.requestId;
  if (typeof headers?.get !== 'function') return undefined;
  const { get } = headers as { get(name: string): string | null };
  return HEADERS.map((name) => get.call(headers, name)).find((value) => value != null) ?? undefined;
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** Says what a value is, without its contents: they may be secret. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (isThenable(value)) return 'a promise';
  return value instanceof Error
    ? `the error ${value.name}, without a request ID`
    : 'an object without a request ID';
}
