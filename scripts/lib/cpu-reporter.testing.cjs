const { mkdirSync, writeFileSync } = require('node:fs');
const { dirname, join, relative } = require('node:path');

/**
 * The seconds of CPU time that a file of `npm test` and its processes may take, where the reference work takes `REFERENCE`. The largest
 * files take 7, and 14 with cold caches on a busy machine.
 */
const LIMIT = 25;
const REFERENCE = 0.014;

/** The times of all files of the last run. */
const REPORT = 'node_modules/.cache/test-cpu.tsv';

/** A run of fewer files prints no times. */
const WHOLE_LEVEL = 20;
const SHOWN = 5;

/**
 * Reports the CPU time of each file of tests, as cpu-runner.testing.cjs measures it. A file of `npm test` above the limit fails the run: it
 * belongs to a slower level.
 * @implements {Reporter}
 */
module.exports = class CpuReporter {
  /** @type {(SuiteCpu & { file: string, total: number })[]} */
  #suites = [];
  #rootDir;
  #isAboveLimit = false;

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
      this.#isAboveLimit = true;
      process.stderr.write(
        `\n${file} takes ${seconds(total)} s of CPU time. A file of npm test may take ${seconds(limitAt(reference))} s ` +
          'at the speed that this machine has now. Make it cheaper, or move tests to a slower level: CONTRIBUTING.md.\n',
      );
    }
  }

  /** Jest fails a run if a reporter has an error. */
  getLastError() {
    return this.#isAboveLimit ? new Error('A file of npm test is above the limit of CPU time.') : undefined;
  }
};

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
