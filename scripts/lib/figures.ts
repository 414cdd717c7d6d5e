import { cpus } from 'node:os';
import { terminalPalette } from '@cross-account-api/command-line';
import type { Palette } from '@cross-account-api/command-line/text';

/** Summary of several measurements of one thing. */
export interface Spread {
  readonly median: number;
  /** 5th and 95th percentile; for few measurements the lowest and the highest. */
  readonly p5: number;
  readonly p95: number;
}

/** A value that a figure must reach. */
export type FigureGoal = Readonly<
  { atMost: number } | { below: number } | { atLeast: number } | { exactly: number }
>;

/** One figure and its target, if it has one. */
export interface Figure {
  readonly name: string;
  /** e.g. `ms` */
  readonly unit: string;
  readonly value: number;
  readonly spread?: Spread | undefined;
  readonly target?: FigureGoal | undefined;
  readonly met: boolean;
  /** For example, the method of measurement. */
  readonly note?: string | undefined;
}

/** @throws RangeError if there are no values */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('Nothing was measured.');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  return {
    median,
    p5: percentile(sorted, 0.05),
    p95: percentile(sorted, 0.95),
  };
}

/** @param share from 0 to 1 */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
}

/**
 * Divides measurements of the same rounds: other work of the machine slows both alike, so the ratios stay true.
 * @param values @param others as many as `values`
 */
export function ratios(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, round) => value / (others[round] ?? Number.NaN));
}

/** Compares a value, or the median of several, with its target. Without a target, it is only shown. */
export function figure(
  name: string,
  unit: string,
  measured: number | readonly number[],
  target?: FigureGoal,
  note?: string,
): Figure {
  const spread = typeof measured === 'number' ? undefined : spreadOf(measured);
  const value = typeof measured === 'number' ? measured : (spread?.median ?? Number.NaN);
  return {
    name,
    unit,
    value,
    spread,
    target,
    met: target === undefined || meets(value, target),
    note,
  };
}

function meets(value: number, target: FigureGoal): boolean {
  if ('below' in target) return value < target.below;
  if ('exactly' in target) return value === target.exactly;
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}

/**
 * Prints the figures of a benchmark.
 * @param json one JSON document with the machine, instead of a table
 * @param further members of that document
 * @returns the exit code: 1 if a target was missed
 */
export function reportFigures(figures: readonly Figure[], json: boolean, further: object = {}): number {
  const met = figures.every((one) => one.met);
  const machine = { cpu: cpus()[0]?.model.trim(), cores: cpus().length, node: process.version };
  const text = json
    ? JSON.stringify({ met, machine, figures, ...further }, null, 2)
    : `\n${renderFigures(figures, terminalPalette).join('\n')}`;
  process.stdout.write(`${text}\n`);
  return met ? 0 : 1;
}

/** Renders figures as the lines of a table. */
export function renderFigures(figures: readonly Figure[], palette: Palette): string[] {
  const rows = figures.map(({ name, unit, value, spread, target, met, note }) => ({
    mark: target === undefined ? ' ' : met ? palette.allowed('✔') : palette.denied('✘'),
    cells: [
      name,
      // One more digit, because 1.003 × must not be shown as 1 × that missed ≤ 1.
      `${rounded(value, met ? 0 : 1)} ${unit}`.trimEnd(),
      target === undefined ? '' : renderTarget(target),
      spread === undefined ? '' : `${rounded(spread.p5)} … ${rounded(spread.p95)}`,
    ],
    note: note === undefined ? '' : palette.faint(note),
  }));
  const head = figures.some(({ spread }) => spread !== undefined)
    ? ['', 'median', 'target', '5th … 95th percentile']
    : ['', '', 'target'];
  const lines = table([head, ...rows.map(({ cells }) => cells.slice(0, head.length))]);
  const [title = '', ...body] = lines;
  return [
    `  ${palette.faint(title)}`,
    ...rows.map(({ mark, note }, at) => `${mark} ${body[at]}  ${note}`.trimEnd()),
  ];
}

/** Pads cells: the first column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

const signs: Readonly<Record<string, string>> = { atMost: '≤', below: '<', atLeast: '≥', exactly: '=' };

function renderTarget(target: FigureGoal): string {
  const [[kind = '', value = 0] = []] = Object.entries(target);
  return `${signs[kind]} ${rounded(value)}`;
}

/** A value with at least two digits that matter. */
export function rounded(value: number, more = 0): string {
  const digits = more + (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: 0 });
}
