const fc = require('../../node_modules/fast-check/lib/cjs/fast-check.js');

/**
 * fast-check for Jest, with a fixed seed: the same commit passes or fails each time. `npm run test:random` takes another one.
 */
fc.configureGlobal({
  ...fc.readConfigureGlobal(),
  seed: Number(process.env.PROPERTY_SEED ?? 1),
  // Stryker only asks whether a test fails: a smaller example would take longer than its time-out.
  endOnFailure: process.env.STRYKER_MUTATOR_WORKER !== undefined,
});

/** `npm test` as a whole makes a quarter of the runs. All other runs of tests, such as `npm run test:all` or one file, make all of them. */
const share = process.env.PROPERTY_RUNS === 'quarter' ? 1 / 4 : 1;

/**
 * @param {import('fast-check').IRawProperty<unknown>} property
 * @param {import('fast-check').Parameters<unknown>} [parameters]
 */
const assert = (property, { numRuns = 100, ...parameters } = {}) =>
  // The examples are the first runs.
  fc.assert(property, {
    ...parameters,
    numRuns: Math.max(Math.ceil(numRuns * share), parameters.examples?.length ?? 0),
  });

module.exports = { ...fc, assert, __esModule: true };
