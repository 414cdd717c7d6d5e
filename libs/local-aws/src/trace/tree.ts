import { type Decision, describeMismatch, describeStatement, verdictOf } from '../authorization/index.ts';
import type { TraceEvent } from './event.ts';
import { abbreviateArns, type TerminalOptions, wrap } from './terminal.ts';

/** A request and the requests that were made while it was answered. */
export interface TraceTree {
  readonly event: TraceEvent;
  readonly children: readonly TraceTree[];
}

/**
 * The requests that one request caused, as a tree: an invocation, the calls that the function made, and what those caused.
 * @returns `undefined` if the request is not among the events
 */
export function traceTree(events: readonly TraceEvent[], requestId: string): TraceTree | undefined {
  const event = events.find((one) => one.requestId === requestId);
  return event && treeOf(event, events, new Set());
}

/** @param above the requests that caused this one: a circle ends there */
function treeOf(event: TraceEvent, events: readonly TraceEvent[], above: ReadonlySet<string>): TraceTree {
  const path = new Set([...above, event.requestId]);
  const children = events
    .filter((one) => one.parentRequestId === event.requestId && !path.has(one.requestId))
    .map((one) => treeOf(one, events, path));
  return { event, children };
}

/** One step of the tree: a principal asks for something. */
interface Step {
  readonly depth: number;
  readonly title: string;
  readonly who: string;
  readonly accountId: string | undefined;
  readonly facts: string;
  readonly failed: boolean;
  readonly decisions: readonly Decision[];
}

/** With fewer columns, indented text cannot be read. */
const NARROWEST = 40;

/**
 * Renders a tree step by step: who called what, as whom, and which statement of which policy decided. What a service does
 * on its own behalf is a step as well: API Gateway invokes the function. The last line sums up.
 */
export function renderTraceTree(tree: TraceTree, options: TerminalOptions): string[] {
  const { palette } = options;
  const width = Math.max(options.width, NARROWEST);
  const steps = stepsOf(tree, 0).flatMap(
    ({ depth, title, facts, who, accountId, failed, decisions }, index) => {
      const indent = 2 * depth;
      const mark = failed ? palette.denied('✘') : palette.allowed('✔');
      const lines = (text: string, further: number, style: (line: string) => string = (line) => line) =>
        wrap(text, width, indent + further).map(style);
      const [head = '', ...rest] = wrap(`${index + 1}. ${title}  ${facts}`, width, indent + 2);
      const titled = `${index + 1}. ${title}`;
      return [
        ...(index === 0 ? [] : ['']),
        `${' '.repeat(indent)}${mark} ${head.trimStart().replace(titled, palette.strong(titled))}`,
        ...rest,
        ...lines(`as ${abbreviateArns(who, accountId)}`, 2),
        ...decisions.flatMap((decision) => {
          const [verdict = '', ...reasons] = decisionLines(decision, accountId);
          const style = decision.allowed ? palette.allowed : palette.denied;
          return [
            ...lines(verdict, 2, (line) =>
              line.replace(/^( *)(allowed|denied)\b/, (_, space, word) => space + style(word)),
            ),
            ...reasons.flatMap((reason) => lines(reason, 4, palette.faint)),
          ];
        }),
      ];
    },
  );
  return [...steps, '', ...wrap(summaryOf(tree), width, 0).map(palette.strong)];
}

/** @example '6 calls, all allowed. Account 222222222222 reached the API of account 111111111111 in 251 ms.' */
function summaryOf(tree: TraceTree): string {
  const steps = stepsOf(tree, 0);
  const failed = steps.filter((step) => step.failed);
  const calls = `${steps.length} ${steps.length === 1 ? 'call' : 'calls'}`;
  const [first] = failed.toReversed();
  if (first !== undefined)
    return `${calls}, ${failed.length} failed. The innermost: ${first.title} (${first.facts}).`;
  const { accountId, durationMs } = tree.event;
  const api = steps.find(({ title }) => title.startsWith('execute-api '));
  const reached =
    api === undefined ? 'It took' : `Account ${accountId} reached the API of account ${api.accountId} in`;
  return `${calls}, all allowed. ${reached} ${durationMs.toFixed(0)} ms.`;
}

/** The faults that were injected into the request. */
function faultsOf({ faults = [] }: TraceEvent): string {
  return faults.map(({ type, rule }) => `, fault injected: ${type} (rule "${rule}")`).join('');
}

function stepsOf({ event, children }: TraceTree, depth: number): Step[] {
  const { accountId } = event;
  const own = event.decisions.filter(({ principalArn }) => principalArn === event.principal);
  const others = event.decisions.filter(({ principalArn }) => principalArn !== event.principal);
  const account = `account ${accountId ?? '?'}`;
  return [
    {
      depth,
      title: `${event.service} ${event.operation}`,
      who:
        event.principal ??
        `nobody: ${event.refusal?.step === 'authentication' ? event.refusal.failure.kind : 'not signed'}`,
      accountId,
      facts: `${account}, ${event.status}${event.errorCode === undefined ? '' : ` ${event.errorCode}`}, ${event.durationMs.toFixed(0)} ms${faultsOf(event)}`,
      // Status 0: there was no answer.
      failed: event.status >= 400 || event.status === 0,
      decisions: own,
    },
    ...others.map((decision) => ({
      depth: depth + 1,
      title: decision.action.replace(':', ' '),
      who: decision.principalArn,
      accountId,
      facts: account,
      failed: !decision.allowed,
      decisions: [decision],
    })),
    ...children.flatMap((child) => stepsOf(child, depth + 1)),
  ];
}

/** What was asked, and which statements allowed or denied it. Mismatches are shown in full. */
function decisionLines(decision: Decision, accountId: string | undefined): string[] {
  const short = (text: string) => abbreviateArns(text, accountId);
  const verdict = `${decision.allowed ? 'allowed' : 'denied'} ${decision.action} on ${short(decision.resource)}`;
  if (decision.allowed || decision.denial === 'explicit') {
    return [verdict, ...decision.decidedBy.map((statement) => short(`by ${describeStatement(statement)}`))];
  }
  const { nearest } = decision;
  return [
    verdict,
    verdictOf(decision),
    ...(nearest === undefined
      ? []
      : [short(`nearest is ${describeStatement(nearest)}`), ...nearest.mismatches.map(describeMismatch)]),
  ];
}
