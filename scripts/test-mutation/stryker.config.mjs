const library = process.env.MUTATED_LIBRARY;

/** Changes the sources of one library, one place at a time, and checks whether a test fails. */
export default {
  mutate: [`libs/${library}/src/**/*.ts`, '!**/*.test.ts', '!**/*.testing.ts', '!**/*.test-d.ts'],
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner'],
  jest: {
    configFile: 'jest.config.js',
    config: {
      testMatch: [`<rootDir>/libs/${library}/src/**/*.test.ts`],
      testSequencer: new URL('fast-first.ts', import.meta.url).pathname,
      testEnvironment: new URL('stop-at-first-failure.ts', import.meta.url).pathname,
      setupFiles: [new URL('no-shrinking.ts', import.meta.url).pathname],
      maxWorkers: 1,
      // A mutant that hangs is found at once.
      testTimeout: 5_000,
    },
  },
  ignorePatterns: [
    '/*',
    '!/libs',
    '!/scripts',
    '/scripts/*',
    '!/scripts/lib',
    '!/jest.config.js',
    '!/package.json',
    'dist',
  ],
  // Stryker would rewrite tsconfig.json with TypeScript's API, which TypeScript 7 does not have. Jest does not need the file.
  tsconfigFile: 'none',
  // swc checks no types.
  disableTypeChecks: false,
  coverageAnalysis: 'perTest',
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 2),
  // Code that runs while a module is loaded needs a new process for each mutant.
  ignoreStatic: true,
  incremental: true,
  incrementalFile: `node_modules/.cache/mutation/${library}.json`,
  tempDirName: '.stryker-tmp',
  thresholds: { high: 95, low: 85, break: 85 },
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, reportTests: false, skipFull: true },
  jsonReporter: { fileName: `node_modules/.cache/mutation/${library}-report.json` },
  allowConsoleColors: false,
};
