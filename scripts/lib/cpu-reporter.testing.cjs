const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join, relative } = require('node:path');

/**
 * The seconds of CPU time that a file of `npm test` and its processes may take, where the reference work takes `REFERENCE`. The largest
 * files take 5, and 15 with cold caches on a busy machine.
 */
const LIMIT = 25;
const REFERENCE = 0.014;

/**
 * The seconds of CPU time that a whole level and its processes may take at the speed of the reference machine. It grows with each feature: if a
 * change needs more, make another test cheaper, or move it to a slower level. Raise it on purpose only. A first `npm test` took 214 s, and 250 s
 * beside eight times as much other work. Within a day, the same tests took a third more or less on one machine, and the reference work saw no
 * difference. So there is room: nobody's first run may fail by that.
 * @type {Readonly<Record<string, number>>}
 */
const BUDGETS = { test: 350, stages: 1_800 };
/** The files that are named if a level is above its budget. */
const NAMED = 10;

/** The times of all files of the last run. */
const REPORT = 'node_modules/.cache/test-cpu.tsv';

/** A run of fewer files prints no times. */
const WHOLE_LEVEL = 20;
const SHOWN = 5;

/**
 * Reports the CPU time of each file of tests, as cpu-runner.testing.cjs measures it. A file of `npm test` above the limit fails the run: it
 * belongs to a slower level. So does a whole level above its
 * budget.
 * @implements {Reporter}
 */
module.exports = class CpuReporter {
  /** @type {(SuiteCpu & { file: string, total: number })[]} */
  #suites = [];
  #rootDir;
  /** @type {string | undefined} */
  #error;

  /** @param {{ readonly rootDir: string }} config */
  constructor({ rootDir }) {
    this.#rootDir = rootDir;
  }

  /**
   * @param {unknown} _test
   * @param {{ readonly testFilePath: string, readonly cpu?: SuiteCpu }} result without `cpu` if the file could not be run
   */
  onTestResult(_test, { testFilePath, cpu }) {
    if (cpu === undefined) return;
    const file = relative(this.#rootDir, testFilePath);
    this.#suites.push({ file, total: cpu.own + cpu.children, ...cpu });
  }

  onRunComplete() {
    const suites = this.#suites.sort((a, b) => b.total - a.total);
    const path = join(this.#rootDir, REPORT);
    const before = readTimes(path);
    mkdirSync(dirname(path), { recursive: true });
    const lines = suites.map(({ file, total, own, children }) => [
      ...[total, own, children].map(seconds),
      file,
    ]);
    writeFileSync(
      path,
      [['total', 'own', 'children', 'file'], ...lines].map((line) => `${line.join('\t')}\n`).join(''),
    );
    if (suites.length >= WHOLE_LEVEL) {
      const sum = suites.reduce((all, { total }) => all + total, 0);
      process.stderr.write(`\nCPU time: ${seconds(sum)} s. The most of one file and its processes:\n`);
      for (const [total, , , file] of lines.slice(0, SHOWN)) process.stderr.write(`  ${total} s  ${file}\n`);
      process.stderr.write(`The others: ${REPORT}\n`);
    }
    for (const { file, total, reference } of suites.filter(isAboveLimit)) {
      this.#error = 'A file of npm test is above the limit of CPU time.';
      process.stderr.write(
        `\n${file} takes ${seconds(total)} s of CPU time. A file of npm test may take ${seconds(limitAt(reference))} s ` +
          'at the speed that this machine has now. Make it cheaper, or move tests to a slower level: CONTRIBUTING.md.\n',
      );
    }
    this.#checkBudget(before);
  }

  /** @param {ReadonlyMap<string, number>} before the times of the run before this one, by file */
  #checkBudget(before) {
    const budget = BUDGETS[process.env.WHOLE_LEVEL ?? ''];
    if (budget === undefined) return;
    const references = this.#suites
      .map(({ reference }) => reference)
      .filter((reference) => reference > 0)
      .sort((a, b) => a - b);
    // A busy or slow machine needs more time for the same work.
    const slowness = Math.max(1, (references[references.length >> 1] ?? REFERENCE) / REFERENCE);
    const sum = this.#suites.reduce((all, { total }) => all + total, 0);
    if (sum <= budget * slowness) return;
    this.#error = 'The tests are above their budget of CPU time.';
    const growth = this.#suites
      .map(({ file, total }) => ({ file, total, growth: total - (before.get(file) ?? 0) }))
      .sort((a, b) => b.growth - a.growth)
      .slice(0, NAMED);
    process.stderr.write(
      `\nAll files together take ${seconds(sum)} s of CPU time, and may take ${seconds(budget * slowness)} s at the speed that this machine has now. ` +
        'Make tests cheaper, or move them to a slower level: CONTRIBUTING.md. What has grown most since the run before:\n',
    );
    for (const { file, total, growth: more } of growth) {
      process.stderr.write(`  ${seconds(total)} s, ${seconds(more)} s more  ${file}\n`);
    }
  }

  /** Jest fails a run if a reporter has an error. */
  getLastError() {
    return this.#error === undefined ? undefined : new Error(this.#error);
  }
};

/**
 * @param {string} path of the report
 * @returns {Map<string, number>} the total of each file; empty without a report
 */
function readTimes(path) {
  if (!existsSync(path)) return new Map();
  const [, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [total, , , file = ''] = line.split('\t');
      return [file, Number(total)];
    }),
  );
}

/** @param {SuiteCpu & { file: string, total: number }} suite */
function isAboveLimit({ file, total, reference }) {
  return /\/[^/.]+\.test\.ts$/.test(file) && reference > 0 && total > limitAt(reference);
}

/** @param {number} reference */
function limitAt(reference) {
  return LIMIT * Math.max(1, reference / REFERENCE);
}

/** @param {number} time */
function seconds(time) {
  return time.toFixed(2);
}

/**
 * @typedef {import('./cpu-runner.testing.cjs').SuiteCpu} SuiteCpu
 * @typedef {import('@jest/reporters').Reporter} Reporter
 */
