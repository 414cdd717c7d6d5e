import { abbreviateArns, type TerminalOptions, wrap } from '@cross-account-api/command-line/text';
import type { Decision } from '@cross-account-api/iam';
import { reasonsOf, verdictOf } from '@cross-account-api/iam/explanation';
import { describeFailure } from '../core/function-failure.ts';
import { indentOf, type Step, stepsOf, type TracedCall, type TraceTree } from './steps.ts';

/** The words for a call that AWS would have refused. */
export const SOFTENED = 'let through by soft mode';

/** The words for a request of the init phase that opened a connection. */
const WARMED_UP = 'the init phase of its function opened a connection, and wrote nothing:';

const NARROWEST = 40;

/** Renders a tree step by step: who called what, as whom, and which statement decided. The last line sums up. */
export function renderTraceTree(tree: TraceTree<TracedCall>, options: TerminalOptions): string[] {
  const { palette } = options;
  const width = Math.max(options.width, NARROWEST);
  const steps = stepsOf(tree).flatMap((step, index) => {
    const { title, who, accountId, failed, softened, decisions, failure, warmUps } = step;
    const indent = indentOf(step);
    const mark = failed ? palette.denied('✘') : softened ? palette.denied('!') : palette.allowed('✔');
    const lines = (text: string, further: number, style: (line: string) => string = (line) => line) =>
      wrap(text, width, indent + further).map(style);
    const [head = '', ...rest] = wrap(`${index + 1}. ${title}  ${factsOf(step)}`, width, indent + 2);
    const titled = `${index + 1}. ${title}`;
    return [
      ...(index === 0 ? [] : ['']),
      `${' '.repeat(indent)}${mark} ${head.trimStart().replace(titled, palette.strong(titled))}`,
      ...rest,
      ...lines(`as ${abbreviateArns(who, accountId)}`, 2),
      ...(failure === undefined ? [] : lines(`failed: ${describeFailure(failure)}`, 2, palette.denied)),
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
      ...warmUps.flatMap((request) => lines(`${WARMED_UP} ${request}`, 2, palette.faint)),
    ];
  });
  return [...steps, '', ...wrap(summaryOf(tree), width, 0).map(palette.strong)];
}

/** @example '6 calls, all allowed. Account 222222222222 reached the API of account 111111111111 in 251 ms.' */
function summaryOf(tree: TraceTree<TracedCall>): string {
  const steps = stepsOf(tree);
  const failed = steps.filter((step) => step.failed);
  const calls = `${steps.length} ${steps.length === 1 ? 'call' : 'calls'}`;
  const innermost = failed.at(-1);
  if (innermost !== undefined) {
    return `${calls}, ${failed.length} failed. The innermost: ${innermost.title} (${factsOf(innermost)}).`;
  }
  const softened = steps.filter((step) => step.softened).length;
  const them = softened === 1 ? 'it' : 'them';
  if (softened > 0) return `${calls}, ${softened} ${SOFTENED}: AWS would refuse ${them}.`;
  const { accountId, durationMs } = tree.event;
  const api = steps.find(({ title }) => title.startsWith('execute-api '));
  const reached =
    api === undefined ? 'It took' : `Account ${accountId} reached the API of account ${api.accountId} in`;
  return `${calls}, all allowed. ${reached} ${durationMs.toFixed(0)} ms.`;
}

/** @example 'account 222222222222, 403 AccessDenied, 1 ms' */
function factsOf({ accountId, answer, softened }: Step): string {
  const account = [`account ${accountId ?? '?'}`, ...(softened ? [SOFTENED] : [])].join(', ');
  if (answer === undefined) return account;
  const { status, errorCode, functionError, durationMs, faults = [] } = answer;
  return [
    account,
    errorCode === undefined ? status : `${status} ${errorCode}`,
    ...(functionError === undefined ? [] : ['the function failed']),
    `${durationMs.toFixed(0)} ms`,
    ...faults.map(({ type, rule }) => `fault injected: ${type} (rule "${rule}")`),
  ].join(', ');
}

/** The question, and the reasons of the decision. */
function decisionLines(decision: Decision, accountId: string | undefined): string[] {
  const short = (text: string) => abbreviateArns(text, accountId);
  const verdict = `${decision.allowed ? 'allowed' : 'denied'} ${decision.action} on ${short(decision.resource)}`;
  const why = decision.allowed || decision.denial === 'explicit' ? [] : [verdictOf(decision)];
  return [verdict, ...why, ...reasonsOf(decision).map((reason) => short(reason.trim()))];
}
