/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // No test measures time. On a busy machine, the first test of a file can take long, because it compiles what it loads.
  testTimeout: 30_000,
  testMatch: ['<rootDir>/{services,test}/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.*/\\.(serverless|esbuild)/', '<rootDir>/.local-aws/'],
  // middy and api-handler are ES modules only. Jest runs CommonJS: it finds them, and compiles them as it does the tests.
  moduleNameMapper: { '^(@middy/[^/]+)$': '<rootDir>/node_modules/$1/index.js' },
  transformIgnorePatterns: ['/node_modules/(?!@middy/|@cross-account-api/api-handler/)'],
  transform: {
    '\\.(ts|js)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'commonjs' } },
    ],
  },
};
