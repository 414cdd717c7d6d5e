import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // Tests of deployments wait for other processes a good part of the time.
  maxWorkers: availableParallelism() + 2,
  // No test measures time. On a busy machine, even the short ones can take long.
  testTimeout: 30_000,
  globalSetup: '<rootDir>/scripts/lib/sls-of-run.testing.cjs',
  globalTeardown: '<rootDir>/scripts/lib/close-sls.testing.cjs',
  setupFiles: ['<rootDir>/scripts/lib/commands.testing.cjs'],
  testSequencer: '<rootDir>/scripts/lib/slow-tests-first.testing.cjs',
  testMatch: ['<rootDir>/{libs,services,scripts}/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    // Projects have them: npm run test:packages runs them there.
    '<rootDir>/libs/create/template/',
    // They take minutes and seldom fail: npm run test:all runs them, too.
    '\\.(slow|fork)\\.test\\.ts$',
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
