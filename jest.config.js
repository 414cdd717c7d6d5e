import { availableParallelism } from 'node:os';

/**
 * The tests of each level, by the names of their files. CONTRIBUTING.md says which change needs which level.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const LEVELS = {
  // x.test.ts
  test: [''],
  // x.stages.test.ts
  stages: ['\\.stages'],
  all: ['', '\\.stages', '\\.slow'],
  forks: ['\\.fork'],
};

const level = process.env.TEST_LEVEL ?? 'test';
const ofLevel = LEVELS[level];
if (ofLevel === undefined) {
  throw new Error(`TEST_LEVEL is ${level}: it must be one of ${Object.keys(LEVELS).join(', ')}.`);
}
// `npx jest scripts/e2e/verify.stages.test.ts` needs no level.
const named = ['stages', 'slow', 'fork'].filter((word) =>
  process.argv.slice(2).some((arg) => arg.includes(`.${word}`)),
);
// A run of a whole level has a budget of CPU time: scripts/lib/cpu-reporter.testing.cjs.
const isWhole = !process.argv.slice(2).some((arg) => !arg.startsWith('-'));
if (isWhole) process.env.WHOLE_LEVEL = level;
if (isWhole && level === 'test') process.env.PROPERTY_RUNS ??= 'quarter';
const words = [...ofLevel, ...named.map((word) => `\\.${word}`)];

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // Tests of deployments wait for other processes a good part of the time. In `npm test`, more workers take a tenth more CPU time, and save none.
  maxWorkers: availableParallelism() + (level === 'test' ? 0 : 2),
  // No test measures time. On a busy machine, even the short ones can take long, and the first start of the Serverless CLI in a clone takes minutes.
  testTimeout: 300_000,
  // Jest waits half a second for a worker to end, and then speaks of tests that leak: on a busy machine, the end takes longer. Of a leak it still tells.
  workerGracefulExitTimeout: 10_000,
  globalSetup: '<rootDir>/scripts/lib/sls-of-run.testing.cjs',
  globalTeardown: '<rootDir>/scripts/lib/close-sls.testing.cjs',
  setupFiles: ['<rootDir>/scripts/lib/commands.testing.cjs'],
  testRunner: '<rootDir>/scripts/lib/cpu-runner.testing.cjs',
  reporters: ['default', '<rootDir>/scripts/lib/cpu-reporter.testing.cjs'],
  testSequencer: '<rootDir>/scripts/lib/slow-tests-first.testing.cjs',
  testRegex: [`/(?:libs|services|scripts)/(?:.*/)?[^/.]+(?:${words.join('|')})\\.test\\.ts$`],
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
      '<rootDir>/scripts/lib/swc.testing.cjs',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!@middy/)'],
};
