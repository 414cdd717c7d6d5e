import type { Palette } from '@cross-account-api/iam';
import { renderFigures } from '../lib/figures.ts';
import type { SoakReport } from './run-soak.ts';

/** Renders a report for a person. The judged figures come last, where a terminal shows them. */
export function renderReport({ figures, faults, failed, errors }: SoakReport, palette: Palette): string[] {
  const judged = figures.filter(({ target }) => target !== undefined);
  const informative = figures.filter(({ target }) => target === undefined);
  return [
    palette.strong('Faults, and how many requests each has struck'),
    ...counts(faults),
    '',
    ...(failed.length === 0 ? [] : [palette.strong('Errors of failed calls'), ...counts(errors), '']),
    ...renderFigures([...informative, ...judged], palette),
  ];
}

function counts(values: Readonly<Record<string, number>>): string[] {
  return Object.entries(values).map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`);
}
