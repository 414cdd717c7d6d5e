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
 * @param events oldest first
 * @returns `undefined` where the request is not among the events
 */
export function chainOf(events: readonly TraceEvent[], requestId: string): ChainLink | undefined {
  const event = events.find((one) => one.requestId === requestId);
  if (event === undefined) return undefined;
  const children = events
    .filter((one) => one.parentRequestId === requestId && one.requestId !== requestId)
    .flatMap((one) => chainOf(events, one.requestId) ?? []);
  return { event, children };
}

/** How a line is set off, on a terminal by colour. Each function gets and returns text. */
export interface Palette {
  readonly allowed: (text: string) => string;
  readonly denied: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

/** Renders a chain for a person: each request with its account, who made it, each decision and by which statement. */
export function renderChain(link: ChainLink, palette: Palette, depth = 0): string[] {
  const { event } = link;
  const indent = '   '.repeat(depth);
  const lines = [
    `${indent}${palette.strong(`${event.service} ${event.operation}`)} ${palette.faint(`in account ${event.accountId ?? '?'}`)}  ${
      event.status < 400
        ? palette.allowed(String(event.status))
        : palette.denied(`${event.status} ${event.errorCode ?? ''}`)
    } ${palette.faint(`${event.durationMs.toFixed(1)} ms`)}`,
    `${indent}   ${palette.faint('as')} ${event.principal ?? 'nobody: the request is not authenticated'}`,
    ...event.decisions.flatMap((decision) =>
      renderDecision(decision, palette).map((line) => `${indent}   ${line}`),
    ),
  ];
  if (event.decisions.length === 0 && event.refusal === undefined) {
    lines.push(`${indent}   ${palette.allowed('✔')} needs no permission`);
  }
  if (event.refusal?.step === 'authentication') {
    lines.push(`${indent}   ${palette.denied('✘')} not authenticated: ${event.refusal.failure.kind}`);
  }
  return [...lines, ...link.children.flatMap((child) => renderChain(child, palette, depth + 1))];
}

/** Renders a decision: what was asked, and by which statements it was allowed or denied. */
export function renderDecision(decision: Decision, palette: Palette): string[] {
  const question = `${decision.action} on ${decision.resource}`;
  const by = (statements: readonly StatementReference[]) =>
    statements.map((statement) => `    by ${describeStatement(statement)}`);
  if (decision.allowed) return [`${palette.allowed('✔')} ${question}`, ...by(decision.decidedBy)];
  if (decision.denial === 'explicit') {
    return [`${palette.denied('✘')} ${question}: denied explicitly`, ...by(decision.decidedBy)];
  }
  const { nearest } = decision;
  return [
    `${palette.denied('✘')} ${question}: no ${decision.missing} allows it`,
    ...(nearest === undefined
      ? []
      : [
          `    nearest: ${describeStatement(nearest)}`,
          ...nearest.mismatches.map((mismatch) => `      ${describeMismatch(mismatch)}`),
        ]),
  ];
}
