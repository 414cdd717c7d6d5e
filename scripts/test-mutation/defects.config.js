import config from '../../jest.config.js';

const { setupFiles = [], transform = {}, ...others } = config;
const planted = Object.entries(transform).map(([pattern, [, options]]) => [
  pattern,
  ['<rootDir>/scripts/test-mutation/plant-defect.ts', options],
]);

/**
 * The tests of a library, with a planted defect. The first failure is enough.
 * @type {import('jest').Config}
 */
export default {
  ...others,
  rootDir: '../..',
  maxWorkers: 1,
  testTimeout: 5_000,
  // A test that a defect keeps waiting leaves its server open, and Jest would wait for that.
  forceExit: true,
  testEnvironment: '<rootDir>/scripts/test-mutation/stop-at-first-failure.ts',
  testSequencer: '<rootDir>/scripts/test-mutation/fast-first.ts',
  setupFiles: [...setupFiles, '<rootDir>/scripts/test-mutation/no-shrinking.ts'],
  transform: Object.fromEntries(planted),
};
