import { terminalPalette, terminalWidth } from '@cross-account-api/command-line';
import type { TerminalOptions } from '@cross-account-api/command-line/text';
import { describeExpectation, describeObservation, type ProbeResult } from '../../probes/probe.ts';
import type { PropagationOptions } from '../../probes/propagation.ts';
import { renderGroup, renderResult, renderWait } from './render.ts';

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
  };
}

/** A result for `--json`. */
export function recordOf({ probe, observed, pass }: ProbeResult) {
  const { name, group, credentials, expected } = probe;
  return {
    name,
    group,
    credentials,
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
