import { INTERRUPTED, terminalPalette, terminalWidth } from '@cross-account-api/command-line';
import type { TerminalOptions } from '@cross-account-api/command-line/text';
import { describeExpectation, describeObservation, type ProbeResult } from '../../probes/probe.ts';
import type { PropagationOptions } from '../../probes/propagation.ts';
import type { StageDrift } from '../../stage/stage-drift.ts';
import type { Compared } from './compare.ts';
import {
  renderComparing,
  renderComparison,
  renderGroup,
  renderResult,
  renderSummary,
  renderWait,
} from './render.ts';
import type { Verification } from './verify-open-call.ts';

/** How results are printed. */
export const rendering: TerminalOptions = { palette: terminalPalette, width: terminalWidth };

/** The options that all runs have. */
export interface Run {
  readonly waitSeconds: number;
  /** `undefined`: as the stage's default is. */
  readonly allowWrite: boolean | undefined;
  readonly json: boolean;
}

/** Prints results as they come. */
export function printing() {
  let last: ProbeResult | undefined;
  return {
    onResult(result: ProbeResult) {
      const isNewGroup =
        last?.probe.group !== result.probe.group || last.probe.credentials !== result.probe.credentials;
      print([...(isNewGroup ? [renderGroup(result, rendering)] : []), ...renderResult(result, rendering)]);
      last = result;
    },
    onWait: (...waiting: Parameters<NonNullable<PropagationOptions['onWait']>>) =>
      print(renderWait(...waiting, rendering)),
    onCompare: () => print(renderComparing(rendering)),
  };
}

/** What is printed of a verification beside its results. */
export interface Printing {
  /** What was verified. @example 'stage dev' */
  readonly name: string;
  /** The command that prints what the profiles need. */
  readonly permissions: string;
  /** The first members of the document for `--json`. */
  readonly about: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** Compares the results with those of local AWS. Absent, or without a result: they are not compared. */
  compare?(): Promise<readonly Compared[] | undefined>;
}

/**
 * Prints the end of a verification: for a person what the results come to, or all as one JSON document.
 * @returns the exit code
 */
export async function printVerification(
  { pass, results, explain, leftOut, notes, drift }: Verification & { readonly drift?: StageDrift },
  { name, permissions, about, json, signal, compare }: Printing,
): Promise<number> {
  if (signal.aborted) return INTERRUPTED;
  if (!json) print(renderSummary(results, { name, explain, permissions }, notes, rendering));
  const compared = await compare?.();
  if (signal.aborted) return INTERRUPTED;
  if (json) printJson({ ...about, pass, probes: results.map(recordOf), leftOut, notes, drift, compared });
  else if (compared !== undefined) print(['', ...renderComparison(compared, rendering)]);
  return pass ? 0 : 1;
}

/** A result for `--json`. */
function recordOf({ probe, observed, pass }: ProbeResult) {
  const { name, group, credentials, signerAccountId, expected } = probe;
  return {
    name,
    group,
    credentials,
    signerAccountId,
    expected: describeExpectation(expected),
    observed: describeObservation(observed),
    pass,
  };
}

/** Prints a document for `--json`. */
export function printJson(document: object): void {
  print([JSON.stringify(document, null, 2)]);
}

/** Prints lines. */
export function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
