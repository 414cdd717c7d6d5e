import { terminalPalette, terminalWidth } from '@cross-account-api/command-line';
import { type readTraceTree, renderTraceTree, stepsOf } from '@cross-account-api/local-aws/explain';
import { callWith } from '../../call-of.ts';
import { printable } from '../../printable.ts';
import { type ContractOperation, nameOfCall } from '../../project/contract.ts';
import { optionsOf } from '../../stage/call-choice.ts';
import { type CallOutcome, describeTime, type Verdict } from './outcome.ts';

const { allowed, denied, strong, faint } = terminalPalette;

/** A call that was made. */
export interface MadeCall {
  readonly stage: string;
  /** Whether it was on the real AWS. */
  readonly real: boolean;
  /** The option `--caller`. */
  readonly caller: string | undefined;
  /** Absent: the function got the event of `--event`. */
  readonly operation: ContractOperation | undefined;
  /** The caller function's name, its ARN and its account. */
  readonly name: string;
  readonly arn: string;
  readonly accountId: string;
  /** The function, as the option `--function` of `logs` names it. */
  readonly log: string;
  readonly outcome: CallOutcome;
  /** The requests of the call, with the statements that decided; on local AWS only. */
  readonly tree: Awaited<ReturnType<typeof readTraceTree>>;
}

/** The call as plain data, for `--json`. */
export function callDocument(call: MadeCall): object {
  const { stage, operation, arn, outcome, tree } = call;
  const { ms, report, invocationId, answer, failures, error } = outcome;
  return {
    stage,
    operation: operation?.name,
    function: arn,
    decision: verdictOf(call),
    ms: Math.round(ms),
    report,
    invocationId,
    answer,
    failures,
    error,
    chain:
      tree &&
      stepsOf(tree).map(({ title, who, accountId, decisions, requestId }) => ({
        title,
        principal: who,
        accountId,
        requestId,
        decisions: decisions.map((each) => ({
          allowed: each.allowed,
          action: each.action,
          resource: each.resource,
        })),
      })),
  };
}

/** The call for a person, line by line. */
export function renderCall(call: MadeCall, operations: readonly ContractOperation[]): string[] {
  const { stage, real, operation, name, accountId, outcome, tree } = call;
  const { answer, failures, error } = outcome;
  const what =
    operation === undefined
      ? 'The event of --event'
      : nameOfCall(`${operation.method} ${operation.path}`, operations);
  const statements = real ? ` Which statements decide: ${explainStage(call)}` : '';
  return [
    `${strong(what)}, stage ${stage}, as ${name} of account ${accountId}`,
    '',
    ...(tree === undefined
      ? []
      : [...renderTraceTree(tree, { palette: terminalPalette, width: terminalWidth }), '']),
    `Decision: ${decisionOf(call)}.${statements}`,
    `Time: ${describeTime(outcome)}.`,
    ...(error === undefined
      ? [
          'Answer:',
          printable(JSON.stringify(answer, null, 2) ?? 'none'),
          ...(failures === undefined ? [] : [denied(printable(`${failures}.`)), faint(nextStep(call))]),
        ]
      : [denied(printable(`The function failed: ${error.type}: ${error.message}`)), faint(nextStep(call))]),
  ];
}

function decisionOf(call: MadeCall): string {
  switch (verdictOf(call)) {
    case 'allowed':
      return allowed('allowed');
    case 'denied':
      return denied('denied');
    case 'unknown':
      return call.outcome.error === undefined
        ? 'none is known, because the answer of this function does not say what it called'
        : 'none is known, because the call failed in another way';
  }
}

/** On local AWS, the decisions are known, whatever the function answers or throws. */
function verdictOf({ outcome, tree }: MadeCall): Verdict {
  if (tree === undefined) return outcome.verdict;
  const isDenied = stepsOf(tree).some(({ decisions }) => decisions.some((each) => !each.allowed));
  if (isDenied) return 'denied';
  return outcome.error === undefined ? 'allowed' : outcome.verdict;
}

const explainStage = ({ stage, caller }: MadeCall): string =>
  callWith('explain', `--stage ${stage}${optionsOf({ caller })}`);

function nextStep(call: MadeCall): string {
  const { stage, real, outcome, log } = call;
  const ofStage = stage === 'local' ? '' : ` --stage ${stage}`;
  if (verdictOf(call) !== 'denied') return `Its log: ${callWith('logs', `--function ${log}${ofStage}`)}`;
  const explain = real ? explainStage(call) : callWith('explain', `--request-id ${outcome.invocationId}`);
  return `The change that allows it: ${explain}`;
}
