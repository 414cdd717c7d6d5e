import type { Exploration } from './explore.ts';
import type { History } from './history.ts';
import type { Plan } from './plan.ts';

/** A step of a history, for people: `  12.345 s  billing#1    → sts AssumeRole`. */
export function renderStep(ms: number, who: string, what: string): string {
  return `${(ms / 1_000).toFixed(3).padStart(9)} s  ${who.padEnd(12)} ${what}`;
}

/** The violations of a history. */
export function renderViolations(violations: History['violations']): string[] {
  return violations.flatMap(({ invariant, what }) => [
    `✘ ${invariant}`,
    `    ${what.replaceAll('\n', '\n    ')}`,
  ]);
}

/** The content of a plan, in one line. */
export function renderPlan({ calls, faults, changes }: Plan): string {
  return `${calls.length} calls, ${faults.length} faults, ${changes.length} changes of the stage`;
}

/** The results of many histories. */
export function renderExploration({ histories, counts, exceptions }: Exploration, seconds: number): string[] {
  const number = (value = 0) => value.toLocaleString('en');
  const figures = ['calls', 'faults', 'environments', 'executions'].map(
    (name) => `${number(counts[name])} ${name}`,
  );
  return [
    `${number(histories)} histories in ${seconds.toFixed(1)} s: ${figures.join(', ')}`,
    'Executed again where services/README.md says so:',
    ...Object.entries(exceptions).map(([reason, count]) => `${number(count).padStart(8)}  ${reason}`),
  ];
}
