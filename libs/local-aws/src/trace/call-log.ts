import { abbreviateArns, shorten, type TerminalOptions } from '@cross-account-api/command-line/text';
import { verdictOf } from '@cross-account-api/iam/explanation';
import {
  describeFailure,
  describeLocation,
  type FunctionFailure,
  type LocateFailure,
} from '../core/function-failure.ts';
import type { TraceEvent } from './event.ts';
import {
  indentOf,
  isWarmUp,
  type Step,
  statementName,
  stepsOf,
  type TracedCall,
  type TraceTree,
} from './steps.ts';

/** Options of {@link createCallLog}. */
export interface CallLogOptions extends Pick<TerminalOptions, 'palette'> {
  /** Columns of the terminal, which may change. */
  readonly width: () => number;
  readonly print: (line: string) => void;
  readonly locate?: LocateFailure | undefined;
}

/** Longer than the CLI pauses between its calls. */
const QUIET_MS = 3_000;

/** More requests than this cannot be in flight at once: the cause of the others will not come. */
const MOST_WAITING = 1_000;

/** More calls than this are printed before their cause: they hold memory. */
const MOST_WAITING_CALLS = 10_000;

/** More management calls than this are not one line: a client may never pause. */
const MOST_IN_BATCH = 2_000;

/** Depths that are kept, for calls that a function makes after its invocation was answered. */
const MOST_DEPTHS = 1_000;

/** Makes a log with one line for each call. The calls that it caused are indented below it; those of a deployment are one line. */
export function createCallLog({ palette, width, print: write, locate }: CallLogOptions) {
  /** Settles when the lines that wait for a location are printed; `undefined` if none waits. */
  let locating: Promise<void> | undefined;
  /** Calls whose cause is not answered yet, by its request ID. */
  const waiting = new Map<string, TraceTree[]>();
  /** Calls that were held back since the last time that all were printed. */
  let waitingCalls = 0;
  const depths = new Map<string, number>();
  let batch: TraceEvent[] = [];
  let quiet: NodeJS.Timeout | undefined;

  const printLater = (work: () => Promise<void> | void) => {
    const done = (locating ?? Promise.resolve()).then(work).finally(() => {
      if (locating === done) locating = undefined;
    });
    locating = done;
  };
  /** Lines keep their order while a location is looked for. */
  const print = (line: string) => {
    if (locating === undefined) write(line);
    else printLater(() => write(line));
  };
  const printLocation = (failure: FunctionFailure, indent: string) => {
    if (locate === undefined || failure.stack.length === 0) return;
    printLater(async () => {
      const location = await locate(failure);
      if (location !== undefined) write(`${indent}  ${palette.faint(describeLocation(location))}`);
    });
  };
  const printFailure = ({ failure, depth }: Step) => {
    if (failure === undefined) return;
    const indent = ' '.repeat(FACTS_WIDTH + indentOf({ depth }));
    for (const line of describeFailure(failure).split('\n')) print(`${indent}${palette.denied(line)}`);
    printLocation(failure, indent);
  };
  const printTree = (tree: TraceTree, depth: number) => {
    const steps = stepsOf(tree, depth);
    /** Failures that a later step may have caused: the reader wants the cause first. */
    const consequences: Step[] = [];
    const withCause = failedBelow(steps);
    for (const step of steps) {
      print(renderStep(step, { palette, width: width() }));
      if (withCause.has(step)) consequences.push(step);
      else printFailure(step);
    }
    for (const step of consequences.reverse()) printFailure(step);
    rememberDepths(tree, depth);
  };
  const rememberDepths = ({ event, children }: TraceTree, depth: number) => {
    depths.set(event.requestId, depth);
    const [oldest] = depths.keys();
    if (depths.size > MOST_DEPTHS && oldest !== undefined) depths.delete(oldest);
    for (const child of children) rememberDepths(child, depth + 1);
  };
  const printBatch = () => {
    clearTimeout(quiet);
    const [first, ...rest] = batch;
    if (first !== undefined) print(renderBatch([first, ...rest], { palette, width: width() }));
    batch = [];
  };
  const printWaiting = () => {
    for (const tree of [...waiting.values()].flat()) printTree(tree, 0);
    waiting.clear();
    waitingCalls = 0;
  };

  return {
    record(event: TraceEvent): void {
      const children = waiting.get(event.requestId) ?? [];
      waiting.delete(event.requestId);
      const tree = { event, children };
      const { parentRequestId } = event;
      if (parentRequestId === undefined && isManagement(event)) {
        if (batch[0]?.principal !== event.principal) printBatch();
        batch.push(event);
        clearTimeout(quiet);
        if (batch.length >= MOST_IN_BATCH) printBatch();
        else quiet = setTimeout(printBatch, QUIET_MS).unref();
        return;
      }
      const parentDepth = parentRequestId === undefined ? -1 : depths.get(parentRequestId);
      if (parentRequestId !== undefined && parentDepth === undefined) {
        const siblings = waiting.get(parentRequestId) ?? [];
        siblings.push(tree);
        waiting.set(parentRequestId, siblings);
        waitingCalls += 1;
        if (waiting.size > MOST_WAITING || waitingCalls > MOST_WAITING_CALLS) printWaiting();
        return;
      }
      if (isWarmUp(event)) return;
      printBatch();
      printTree(tree, (parentDepth ?? -1) + 1);
    },
    /** Prints the calls that were held back. Resolves when all is printed. */
    async close(): Promise<void> {
      printBatch();
      printWaiting();
      await locating;
    },
  };
}

/** The steps that caused another step whose function failed. */
function failedBelow(steps: readonly Step[]): ReadonlySet<Step> {
  const found = new Set<Step>();
  /** From the end, the steps that no step before them has caused yet: whether they or a step below them failed. */
  const open: { readonly depth: number; readonly hasFailure: boolean }[] = [];
  for (const step of steps.toReversed()) {
    let isBelow = false;
    for (let last = open.at(-1); last !== undefined && last.depth > step.depth; last = open.at(-1)) {
      isBelow ||= last.hasFailure;
      open.pop();
    }
    if (isBelow) found.add(step);
    open.push({ depth: step.depth, hasFailure: isBelow || step.failure !== undefined });
  }
  return found;
}

const managed = new Set(['cloudformation', 's3', 'iam', 'logs', 'apigateway', 'ecr', 'lambda', 'dynamodb']);
const used = new Set(['Invoke', 'GetCallerIdentity', 'GetItem', 'PutItem', 'UpdateItem', 'Query', 'Scan']);

/** Whether a call manages resources and was not refused. 404 is no refusal: tools often ask for resources that do not exist. */
export function isManagement({ service, operation, status, refusal, softened }: TracedCall): boolean {
  if (refusal !== undefined || softened === true || status === 403 || status >= 500 || status === 0)
    return false;
  return service === 'sts' ? operation === 'GetCallerIdentity' : managed.has(service) && !used.has(operation);
}

interface Line extends Pick<Step, 'depth' | 'failed' | 'softened' | 'accountId' | 'who'> {
  /** e.g. `446 ms` */
  readonly time: string;
  readonly what: string;
  readonly why: string;
}

/** @example '✔     4 ms  222222222222  cross-account-caller-local  sts AssumeRole  by CallerFunction' */
function renderStep(step: Step, options: TerminalOptions): string {
  const { accountId, title, answer } = step;
  const time = answer === undefined ? '' : `${answer.durationMs.toFixed(0)} ms`;
  const who = nameOf(step.who, accountId);
  const what = title.replace(/^(execute-api|-) /, '');
  return renderLine({ ...step, time, who, what, why: reasonOf(step) }, options);
}

/** @example '✔    3.1 s  111111111111  administrator  29 management calls  stack cross-account-api-local' */
function renderBatch(events: readonly [TraceEvent, ...TraceEvent[]], options: TerminalOptions): string {
  const [first] = events;
  const { accountId, principal = '', service, operation } = first;
  const last = events.at(-1) ?? first;
  const milliseconds = last.time.getTime() + last.durationMs - first.time.getTime();
  const isOne = events.length === 1;
  const time = isOne ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
  const what = isOne ? `${service} ${operation}` : `${events.length} management calls`;
  const stacks = events.flatMap(({ decisions }) =>
    decisions.flatMap(({ resource }) => /:stack\/([^/]+)\//.exec(resource)?.[1] ?? []),
  );
  const why = [...new Set(stacks)].map((stack) => `stack ${stack}`).join(', ');
  const line = { depth: 0, failed: false, softened: false, accountId, who: nameOf(principal, accountId) };
  return renderLine({ ...line, time, what, why }, options);
}

const NARROWEST = 20;

/** Columns in front of a line's principal: outcome, duration and account. */
const FACTS_WIDTH = 26;

function renderLine(line: Line, { palette, width }: TerminalOptions): string {
  const { denied, allowed, strong, faint } = palette;
  const facts = `${line.time.padStart(8)}  ${(line.accountId ?? '').padEnd(12)}  `;
  const indent = ' '.repeat(indentOf(line));
  const columns = Math.max(width - 2 - facts.length - indent.length, NARROWEST);
  const what = shorten(line.what, Math.ceil(columns / 2));
  const forNames = columns - what.length - 2 * 2;
  // The reason is shortened first: the command `explain` shows all of it.
  const why = cut(line.why, Math.max(forNames - line.who.length, Math.floor(forNames / 2)));
  const who = shorten(line.who, forNames - why.length);
  const mark = line.failed ? denied('✘') : line.softened ? denied('!') : allowed('✔');
  const reason = (line.failed || line.softened ? denied : faint)(why);
  return `${mark} ${faint(facts)}${indent}${who}  ${strong(what)}  ${reason}`.trimEnd();
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1).trimEnd()}…`;
}

/** A short name of a principal, without its type, session and account. */
export function nameOf(who: string, accountId: string | undefined): string {
  return abbreviateArns(who, accountId)
    .replace(/^(role|user)\//, '')
    .replace(/ (in session|of) .*$/, '');
}

/** The statements that allowed a step, or why it failed. */
export function reasonOf(step: Step): string {
  const reason = step.softened ? `let through: ${ownReasonOf(step)}` : ownReasonOf(step);
  return [step.isBeforeInvocation ? 'in its init phase' : '', reason].filter(Boolean).join(', ');
}

function ownReasonOf({ failed, decisions, answer, failure }: Step): string {
  const denial = decisions.findLast(({ allowed }) => !allowed);
  if (denial?.allowed === false) {
    if (denial.denial === 'implicit') return verdictOf(denial);
    return denial.decidedBy.map(({ statement, kind }) => `denied by ${statement} of a ${kind}`).join(', ');
  }
  if (failed) {
    if (failure !== undefined || answer?.functionError !== undefined) return 'the function failed';
    const status = answer?.status === 0 ? 'no answer' : answer?.status;
    return [status, answer?.errorCode].filter(Boolean).join(' ');
  }
  const names = decisions.flatMap((one) => (one.allowed ? one.decidedBy.map(statementName) : []));
  return names.length === 0 ? '' : `by ${[...new Set(names)].join(', ')}`;
}
