import { terminalPalette, terminalWidth } from '@cross-account-api/iam/command-line';
import { type readTraceTree, renderTraceTree, stepsOf } from '@cross-account-api/local-aws/explain';
import { callWith } from '../../call-of.ts';
import { printable } from '../../printable.ts';
import { type ContractOperation, nameOfCall } from '../../project/contract.ts';
import { describeTime, type Outcome, type Verdict } from './outcome.ts';

const { allowed, denied, strong, faint } = terminalPalette;

/** A call that was made. */
export interface MadeCall {
  readonly stage: string;
  /** Whether it was on the real AWS. */
  readonly real: boolean;
  readonly operation: ContractOperation;
  /** The caller function's name, its ARN and its account. */
  readonly name: string;
  readonly arn: string;
  readonly accountId: string;
  readonly outcome: Outcome;
  /** The requests of the call, with the statements that decided; on local AWS only. */
  readonly tree: Awaited<ReturnType<typeof readTraceTree>>;
}

/** The call as plain data, for `--json`. */
export function callDocument(call: MadeCall): object {
  const { stage, operation, arn, outcome, tree } = call;
  const { ms, report, invocationId, answer, error } = outcome;
  return {
    stage,
    operation: operation.name,
    function: arn,
    decision: verdictOf(call),
    ms: Math.round(ms),
    report,
    invocationId,
    answer,
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
  const { answer, error } = outcome;
  const route = nameOfCall(`${operation.method} ${operation.path}`, operations);
  const statements = real ? ` Which statements decide: ${callWith('explain', `--stage ${stage}`)}` : '';
  return [
    `${strong(route)}, stage ${stage}, as ${name} of account ${accountId}`,
    '',
    ...(tree === undefined
      ? []
      : [...renderTraceTree(tree, { palette: terminalPalette, width: terminalWidth }), '']),
    `Decision: ${words[verdictOf(call)]}.${statements}`,
    `Time: ${describeTime(outcome)}.`,
    ...(error === undefined
      ? ['Answer:', printable(JSON.stringify(answer, null, 2) ?? 'none')]
      : [denied(printable(`The function failed: ${error.type}: ${error.message}`)), faint(nextStep(call))]),
  ];
}

const words: Readonly<Record<Verdict, string>> = {
  allowed: allowed('allowed'),
  denied: denied('denied'),
  unknown: 'none is known, because the call failed in another way',
};

/** On local AWS, the decisions are known, whatever error the function throws. */
function verdictOf({ outcome, tree }: MadeCall): Verdict {
  const wasDenied =
    tree !== undefined && stepsOf(tree).some(({ decisions }) => decisions.some((each) => !each.allowed));
  return wasDenied ? 'denied' : outcome.verdict;
}

function nextStep(call: MadeCall): string {
  const { stage, real, outcome } = call;
  const ofStage = stage === 'local' ? '' : ` --stage ${stage}`;
  if (verdictOf(call) !== 'denied') return `Its log: ${callWith('logs', `--function caller${ofStage}`)}`;
  const which = real ? `--stage ${stage}` : `--request-id ${outcome.invocationId}`;
  return `The change that allows it: ${callWith('explain', which)}`;
}
