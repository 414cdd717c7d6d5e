import type { Figure } from './judge.ts';
import type { SoakReport } from './run-soak.ts';

/** Colours. Each function gets and returns text. */
export interface Colours {
  green(text: string): string;
  red(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

/** Renders a report for a person. The judged figures come last, where a terminal shows them. */
export function renderReport(report: SoakReport, colours: Colours): string[] {
  const judged = report.figures.filter(({ limit }) => limit !== undefined);
  const informative = report.figures.filter(({ limit }) => limit === undefined);
  return [
    colours.bold('Faults, and how many requests each has struck'),
    ...counts(report.faults),
    '',
    ...(report.failed.length === 0
      ? []
      : [colours.bold('Errors of failed calls'), ...counts(report.errors), '']),
    ...table(informative, colours),
    '',
    ...table(judged, colours),
  ];
}

function table(figures: readonly Figure[], colours: Colours): string[] {
  const width = Math.max(...figures.map(({ name }) => name.length));
  return figures.map(({ name, value, unit, counts, limit, met }) => {
    const text = `${value}${unit}`.padStart(9);
    const of = counts === undefined ? '' : `  ${counts}`;
    if (limit === undefined) return `  ${name.padEnd(width)} ${text}${of}`;
    const bound = 'atLeast' in limit ? `at least ${limit.atLeast}${unit}` : `at most ${limit.atMost}${unit}`;
    const colour = met ? colours.green : colours.red;
    return `${colour(met ? '✔' : '✘')} ${name.padEnd(width)} ${colour(text)}  ${colours.dim(bound)}${of}`;
  });
}

function counts(values: Readonly<Record<string, number>>): string[] {
  return Object.entries(values).map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`);
}
