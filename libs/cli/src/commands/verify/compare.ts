import {
  describeExpectation,
  describeObservation,
  type Observation,
  type ProbeResult,
} from '../../probes/probe.ts';
import { anonymize, anonymizeNames, anonymizeOutcome } from './anonymize.ts';
import type { Evidence } from './evidence.ts';

/** The answers of two AWS to one probe. Only the route in `name` comes from a deployment. */
export interface Compared {
  readonly name: string;
  readonly expected: string;
  /** The answer of the stage that was verified; absent if it does not have the probe. */
  readonly stage?: string;
  /** The answer of local AWS. */
  readonly local?: string;
  readonly same: boolean;
}

/** Compares the answers of a stage with those of local AWS, without the names and IDs in them. */
export function compare(stage: readonly ProbeResult[], local: readonly ProbeResult[]): readonly Compared[] {
  const probes = new Map([...stage, ...local].map(({ probe }) => [probe.name, probe]));
  const answerOf = (results: readonly ProbeResult[], wanted: string) => {
    const found = results.find(({ probe }) => probe.name === wanted);
    return found && anonymous(found.observed);
  };
  return [...probes.values()].map(({ name, expected }) => {
    const answers = { stage: answerOf(stage, name), local: answerOf(local, name) };
    return {
      name,
      expected: describeExpectation(expected),
      ...(answers.stage !== undefined && { stage: answers.stage }),
      ...(answers.local !== undefined && { local: answers.local }),
      same: answers.stage === answers.local,
    };
  });
}

/**
 * The text of a report that users can hand in.
 * @param real whether the stage is on the real AWS
 * @param version of this project
 * @param evidence of the stage
 */
export function reportOf(
  compared: readonly Compared[],
  real: boolean,
  version: string,
  evidence?: Evidence,
): string {
  const names = anonymizeNames(compared.map(({ name }) => name));
  const probes = compared.map((each, index) => ({ ...each, name: names[index] }));
  const comparison = `${real ? 'AWS' : 'local AWS'} and local AWS`;
  const report = { comparison, version, probes, ...(evidence !== undefined && { evidence }) };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function anonymous({ outcome, message }: Observation): string {
  return describeObservation({ outcome: anonymizeOutcome(outcome), message: anonymize(message) });
}
