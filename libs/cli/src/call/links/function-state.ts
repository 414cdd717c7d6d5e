import { parseArn, splitFunctionArn } from '@cross-account-api/iam';
import { find } from '../../aws/find.ts';
import { type About, broken, type Change, type Link, notRead, sound } from '../link.ts';
import type { Walk } from '../pair.ts';

/** What decides whether Lambda accepts invocations of a function, beside policies. */
interface Target {
  /** With or without a version or alias. */
  readonly arn: string;
  /** The state of that version. Absent if AWS does not tell one. */
  readonly state?: { readonly name: string; readonly reason?: string | undefined } | undefined;
}

/**
 * What the states mean in which Lambda does not run a function, and what helps.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html (2026-12)
 */
const STATES: Readonly<Record<string, string>> = {
  Pending: 'Lambda is setting it up, and invokes it afterwards. Wait, and ask again.',
  Inactive:
    'It was idle for long, so Lambda has removed what it needs. The next invocation fails, and lets Lambda restore it: invoke it, wait until it is Active, and call again.',
  Failed: 'Lambda could not set it up. Remove the reason, delete the function, and deploy it anew.',
};

/**
 * Whether Lambda accepts invocations of a function: its state, and its reserved concurrency, with 0 of which it is switched off. How many
 * invocations are running is not read: nobody can tell that before a call.
 * @param answer what whoever invokes it answers then, as a sentence
 */
export async function acceptInvocations(
  { reader }: Pick<Walk, 'reader'>,
  { arn, state }: Target,
  answer?: string,
): Promise<Link> {
  const { accountId, region } = parseArn(arn);
  const { functionArn, name: FunctionName } = splitFunctionArn(arn);
  const about: About = { kind: 'function state', title: `Lambda accepts invocations of ${shortName(arn)}` };
  if (state !== undefined && state.name !== 'Active') {
    const why = state.reason === undefined ? '' : ` (${state.reason.trim().replace(/\.$/, '')})`;
    const meaning = STATES[state.name] ?? 'Lambda invokes a function in the state Active only.';
    return broken(about, sentences(`The function is in the state ${state.name}${why}.`, meaning, answer));
  }
  const { facts, unread } = await find(accountId, () => reader.functionConcurrency(functionArn));
  if (unread !== undefined) return notRead(about, unread);
  const { reserved } = facts ?? {};
  if (reserved !== 0) return sound(about, reserved === undefined ? undefined : `${reserved} at once`);
  const problem = sentences(
    'The reserved concurrency of the function is 0, which switches it off: Lambda answers each invocation 429 TooManyRequestsException (Rate Exceeded).',
    answer,
    'If its template sets ReservedConcurrentExecutions, correct it there, too.',
  );
  const change: Change = {
    change: 'setting',
    service: 'lambda',
    operation: 'DeleteFunctionConcurrency',
    region,
    accountId,
    input: { FunctionName },
  };
  return broken(about, problem, [change]);
}

/** The name of a function, with the version or alias of its ARN. */
function shortName(arn: string): string {
  const { name, qualifier } = splitFunctionArn(arn);
  return qualifier === undefined ? name : `${name}:${qualifier}`;
}

function sentences(...texts: readonly (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined).join(' ');
}
