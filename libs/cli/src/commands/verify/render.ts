import { type Palette, wrap } from '@cross-account-api/command-line/text';
import {
  describeExpectation,
  describeObservation,
  isDeclaredRefusal,
  type Observation,
  type Probe,
  type ProbeResult,
  type ProbeSigner,
} from '../../probes/probe.ts';
import type { Compared } from './compare.ts';

/** The options of the output. */
export interface RenderOptions {
  readonly palette: Palette;
  readonly width: number;
}

/** Columns for the names of probes. With the longest outcome, a row has 80. */
const NAME_COLUMNS = 38;

const signers: Readonly<Record<ProbeSigner, string>> = {
  'caller function': 'sent by the caller function',
  'the caller': 'signed with the caller’s own profile',
  'account A': 'signed with account A’s profile',
  'account B': 'signed with account B’s profile',
  nobody: 'signed by nobody',
  reading: 'evaluated here from the deployed policies',
};

/** The line above a group of probes. */
export function renderGroup(
  { probe: { group, credentials, signerAccountId } }: ProbeResult,
  { palette }: RenderOptions,
): string {
  const signer =
    signerAccountId === undefined
      ? signers[credentials]
      : `signed with the profile of account ${signerAccountId}`;
  return `\n${palette.strong(group)}  ${palette.faint(signer)}`;
}

/** One row of the table; below it, the expected result of a failed probe. */
export function renderResult({ probe, observed, pass }: ProbeResult, options: RenderOptions): string[] {
  const { palette, width } = options;
  const [first = '', ...rest] = wrap(probe.name, width, 2);
  const outcome = ` ${observed.outcome}`;
  // A name that is too long for its column has lines above the outcome.
  const table =
    probe.name.length > NAME_COLUMNS
      ? [`${mark(pass, palette)} ${first.trimStart()}`, ...rest, ' '.repeat(NAME_COLUMNS + 2) + outcome]
      : [`${mark(pass, palette)} ${probe.name.padEnd(NAME_COLUMNS)}${outcome}`];
  if (pass && isDeclaredRefusal(probe.expected, observed)) {
    return [
      ...table,
      ...wrap('refused by the handler, as the contract declares', width, 4).map(palette.faint),
    ];
  }
  if (pass) return table;
  return [
    ...table,
    ...wrap(`expected ${describeExpectation(probe.expected)}`, width, 4),
    ...wrap(`observed ${describeObservation(observed)}`, width, 4),
    ...(observed.outcome === GATEWAY_FAILED ? wrap(OF_GATEWAY, width, 4).map(palette.faint) : []),
  ];
}

/** API Gateway's own answer if it may not invoke the function, which would answer 502 if it failed. */
const GATEWAY_FAILED = '500 InternalServerErrorException';

const OF_GATEWAY =
  'This is the answer of API Gateway itself: the handler did not run. Most often the policy of the function does not allow API Gateway to invoke it.';

/** The text while a probe is repeated. */
export function renderWait(
  { name }: Probe,
  observed: Observation,
  seconds: number,
  { palette, width }: RenderOptions,
): string[] {
  const text = `… ${name} was refused (${observed.outcome}). AWS takes seconds to spread what a deployment has changed. It is repeated for up to ${seconds} s.`;
  return wrap(text, width, 0).map(palette.faint);
}

/** The text while CloudFormation compares the stacks of a stage. */
export function renderComparing({ palette, width }: RenderOptions): string[] {
  const text =
    '… CloudFormation compares the stacks with their resources, because a probe failed. This takes about a minute.';
  return ['', ...wrap(text, width, 0).map(palette.faint)];
}

/** The subject of the verification, and the commands that tell more about it. */
export interface Subject {
  /** @example 'stage dev' */
  readonly name: string;
  readonly explain: string;
  readonly permissions: string;
}

/** The last lines: how many probes passed, and the remedy for the others. */
export function renderSummary(
  results: readonly ProbeResult[],
  { name, explain, permissions }: Subject,
  notes: readonly string[],
  { palette, width }: RenderOptions,
): string[] {
  const failed = results.filter(({ pass }) => !pass).length;
  const advice = `${explain} shows where the policies break. ${permissions} prints what both profiles need.`;
  return [
    '',
    failed === 0
      ? `${mark(true, palette)} ${palette.strong(`All ${results.length} probes of ${name} passed.`)}`
      : `${mark(false, palette)} ${palette.strong(`${failed} of ${results.length} probes of ${name} failed.`)}`,
    ...(failed === 0 ? [] : wrap(advice, width, 2)),
    ...notes.flatMap((note) => wrap(`note: ${note}`, width, 2)).map(palette.faint),
  ];
}

/** The differences between the answers of a stage and of local AWS. */
export function renderComparison(compared: readonly Compared[], { palette, width }: RenderOptions): string[] {
  const different = compared.filter(({ same }) => !same);
  if (different.length === 0)
    return [`${mark(true, palette)} ${palette.strong('Local AWS answers every probe alike.')}`];
  return [
    palette.strong(`Local AWS answers ${different.length} of ${compared.length} probes differently:`),
    ...different.flatMap(({ name, stage, local }) => [
      `${mark(false, palette)} ${name}`,
      ...wrap(`stage ${stage ?? 'does not have this probe'}`, width, 4),
      ...wrap(`local ${local ?? 'does not have this probe'}`, width, 4),
    ]),
  ];
}

function mark(pass: boolean, palette: Palette): string {
  return pass ? palette.allowed('✔') : palette.denied('✘');
}
