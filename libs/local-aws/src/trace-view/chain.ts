import type { Decision, StatementReference } from '../authorization/decision.ts';
import { describeMismatch, describeStatement } from '../authorization/index.ts';
import type { TraceEvent } from '../pipeline/trace.ts';

/** A request and the requests that were made while it was answered. */
export interface ChainLink {
  readonly event: TraceEvent;
  readonly children: readonly ChainLink[];
}

/**
 * The requests that one request caused, as a tree: an invocation, the calls that the function made, what those caused.
 * @returns `undefined` where the request is not among the events
 */
export function chainOf(events: readonly TraceEvent[], requestId: string): ChainLink | undefined {
  const event = events.find((one) => one.requestId === requestId);
  return event && linkOf(event, events, new Set());
}

/** @param above the requests that this one is part of: a trace that goes in a circle ends there */
function linkOf(event: TraceEvent, events: readonly TraceEvent[], above: ReadonlySet<string>): ChainLink {
  const path = new Set([...above, event.requestId]);
  const children = events
    .filter((one) => one.parentRequestId === event.requestId && !path.has(one.requestId))
    .map((one) => linkOf(one, events, path));
  return { event, children };
}

/** How a line is set off, on a terminal by colour. Each function gets and returns text. */
export interface Palette {
  readonly allowed: (text: string) => string;
  readonly denied: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

/** One step of a chain: somebody asks for something. */
interface Step {
  readonly depth: number;
  readonly title: string;
  readonly who: string;
  readonly facts: string;
  readonly failed: boolean;
  readonly decisions: readonly Decision[];
}

/**
 * Renders a chain for a person, step by step: who called what, as whom, and which statement of which policy decided. What
 * a service does on its own account (API Gateway invokes the function) is a step as well.
 */
export function renderChain(link: ChainLink, palette: Palette): string[] {
  return stepsOf(link, 0).flatMap((step, index) => {
    const mark = step.failed ? palette.denied('✘') : palette.allowed('✔');
    const indent = '   '.repeat(step.depth);
    const lines = [
      `${mark} ${palette.strong(`${index + 1}. ${step.title}`)}  ${palette.faint(step.facts)}`,
      `  ${palette.faint('as')} ${step.who}`,
      ...step.decisions.flatMap((decision) => renderDecision(decision, palette).map((line) => `  ${line}`)),
    ];
    return [...(index === 0 ? [] : ['']), ...lines.map((line) => indent + line)];
  });
}

/** The faults of the fault plan that struck the request. */
function faultsOf({ faults = [] }: TraceEvent): string {
  return faults.map(({ type, rule }) => `, fault injected: ${type} (rule "${rule}")`).join('');
}

function stepsOf({ event, children }: ChainLink, depth: number): Step[] {
  const own = event.decisions.filter(({ principalArn }) => principalArn === event.principal);
  const others = event.decisions.filter(({ principalArn }) => principalArn !== event.principal);
  const target = own[0] === undefined ? '' : ` ${shortResource(own[0].resource)}`;
  return [
    {
      depth,
      title: `${event.service} ${event.operation}${event.service === 'execute-api' ? '' : target}`,
      who:
        event.principal ??
        `nobody: ${event.refusal?.step === 'authentication' ? event.refusal.failure.kind : 'not signed'}`,
      facts: `account ${event.accountId ?? '?'}, ${event.status}${event.errorCode === undefined ? '' : ` ${event.errorCode}`}, ${event.durationMs.toFixed(0)} ms${faultsOf(event)}`,
      // Status 0: there was no answer.
      failed: event.status >= 400 || event.status === 0,
      decisions: own,
    },
    ...others.map((decision) => ({
      depth: depth + 1,
      title: `${decision.action} ${shortResource(decision.resource)}`,
      who: decision.principalArn,
      facts: `account ${event.accountId ?? '?'}`,
      failed: !decision.allowed,
      decisions: [decision],
    })),
    ...children.flatMap((child) => stepsOf(child, depth + 1)),
  ];
}

/** @example shortResource('arn:aws:iam::111111111111:role/invoke') // 'role/invoke' */
function shortResource(arn: string): string {
  return arn.split(':').slice(5).join(':') || arn;
}

/** Renders a decision: what was asked, and by which statements it was allowed or denied. */
export function renderDecision(decision: Decision, palette: Palette): string[] {
  const question = `${decision.action} on ${decision.resource}`;
  const by = (statements: readonly StatementReference[]) =>
    statements.map((statement) => `        by ${describeStatement(statement)}`);
  if (decision.allowed) return [`${palette.allowed('allowed')} ${question}`, ...by(decision.decidedBy)];
  if (decision.denial === 'explicit') {
    return [`${palette.denied('denied')}  ${question}`, ...by(decision.decidedBy)];
  }
  const { nearest } = decision;
  return [
    `${palette.denied('denied')}  ${question}: no ${decision.missing} allows it`,
    ...(nearest === undefined
      ? []
      : [
          `        nearest is ${describeStatement(nearest)}`,
          ...nearest.mismatches.map((mismatch) => `          ${describeMismatch(mismatch)}`),
        ]),
  ];
}
