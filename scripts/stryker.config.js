import { unitTests } from '../jest.config.js';

const LIBRARIES = ['assume-role', 'signed-fetch', 'contract', 'api-handler', 'iam', 'serverless-plugin'];
const library = process.env.LIBRARY ?? 'assume-role';
if (!LIBRARIES.includes(library)) {
  process.stderr.write(`LIBRARY=${library}: must be one of ${LIBRARIES.join(', ')}.\n`);
  process.exit(2);
}

/**
 * Changes the sources of one library, one place at a time, and lists the changes that none of its tests notices.
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  mutate: [`libs/${library}/src/**/*.ts`, '!**/*.test.ts', '!**/*.testing.ts', '!**/*.test-d.ts'],
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner'],
  jest: {
    configFile: 'jest.config.js',
    config: {
      ...unitTests,
      projects: undefined,
      testRegex: [`/libs/${library}/(?:.*/)?[^/.]+\\.test\\.ts$`],
      maxWorkers: 1,
      // A change that hangs is found in half a minute.
      testTimeout: 30_000,
    },
  },
  ignorePatterns: [
    '/*',
    '!/libs',
    '!/services',
    '!/scripts',
    '!/jest.config.js',
    '!/package.json',
    'dist',
    '.serverless',
    '.esbuild',
  ],
  // Stryker would rewrite tsconfig.json with TypeScript's API, which TypeScript 7 does not have. Jest does not need the file.
  tsconfigFile: 'none',
  // swc checks no types.
  disableTypeChecks: false,
  coverageAnalysis: 'perTest',
  // Code that runs while a module is loaded needs a new process for each mutant.
  ignoreStatic: true,
  incremental: true,
  incrementalFile: `node_modules/.cache/mutation/${library}.json`,
  tempDirName: '.stryker-tmp',
  thresholds: { high: 95, low: 90, break: null },
  reporters: ['clear-text', 'html', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, reportTests: false, skipFull: true },
  htmlReporter: { fileName: `node_modules/.cache/mutation/${library}.html` },
  jsonReporter: { fileName: `node_modules/.cache/mutation/${library}-report.json` },
};
