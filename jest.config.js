import { availableParallelism } from 'node:os';

/** What all tests have in common. */
const common = {
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/scripts/lib/commands.testing.cjs'],
  testPathIgnorePatterns: [
    '/node_modules/',
    // Projects have them: npm run test:packages runs them there.
    '<rootDir>/libs/create/template/',
  ],
  modulePathIgnorePatterns: [
    '<rootDir>/.*/\\.(serverless|esbuild)/',
    '<rootDir>/.local-aws/',
    '<rootDir>/.stryker-tmp/',
    '<rootDir>/libs/[^/]+/dist/',
  ],
  moduleNameMapper: {
    '^(@middy/[^/]+)$': '<rootDir>/node_modules/$1/index.js',
    '^valibot$': '<rootDir>/scripts/lib/valibot.testing.cjs',
    '^fast-check$': '<rootDir>/scripts/lib/fast-check.testing.cjs',
  },
  transform: {
    '\\.(ts|js)$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!@middy/)'],
};

/** Tests that deploy with the Serverless CLI share its processes. */
const withSls = {
  ...common,
  globalSetup: '<rootDir>/scripts/lib/sls-of-run.testing.cjs',
  globalTeardown: '<rootDir>/scripts/lib/close-sls.testing.cjs',
};

/**
 * The tests whose files have a word before `.test.ts`.
 * @param {string} word such as `\\.stages`; empty for `x.test.ts`
 */
const filesWith = (word) => [`/(?:libs|services|scripts)/(?:.*/)?[^/.]+${word}\\.test\\.ts$`];

/** Unit tests, and the pair deployed once: `npm test`. */
export const unitTests = { ...withSls, displayName: 'unit', testRegex: filesWith('') };

/** @type {import('jest').Config} */
export default {
  // CONTRIBUTING.md says which change needs which project.
  projects: [
    unitTests,
    { ...withSls, displayName: 'stages', testRegex: filesWith('\\.stages') },
    { ...withSls, displayName: 'slow', testRegex: filesWith('\\.slow') },
  ],
  // Tests of deployments wait for other processes a good part of the time.
  maxWorkers: availableParallelism() + (process.argv.includes('stages') ? 2 : 0),
  // No test measures time. On a busy machine, even the short ones can take long, and the first start of the Serverless CLI in a clone takes minutes.
  testTimeout: 300_000,
  // Jest waits half a second for a worker to end, and then speaks of tests that leak: on a busy machine, the end takes longer. Of a leak it still tells.
  workerGracefulExitTimeout: 10_000,
};
