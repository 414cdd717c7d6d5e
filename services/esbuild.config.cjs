const {
  aws4fetchHeaders,
  environmentCredentials,
  groupBuilds,
  lazyBuiltins,
  sameFileMode,
  eventStreams,
} = require('@cross-account-api/serverless-plugin/esbuild');

/**
 * The options with which serverless-esbuild bundles the functions of both services. The bundle contains the AWS SDK, so the
 * tested version runs, whatever version Lambda has.
 */
module.exports = () => ({
  bundle: true,
  // `npm run stack-trace` maps a position in a bundle to its source.
  minify: true,
  format: 'esm',
  outputFileExtension: '.mjs',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  // CommonJS packages call `require`, which an ES module does not have. What is not in the bundle is built in. For anything else,
  // `createRequire` gives Node's usual error. To load it takes a tenth of the time that a small function needs to start.
  banner: {
    js: `const require=(name)=>process.getBuiltinModule(name)??process.getBuiltinModule('node:module').createRequire(import.meta.url)(name);`,
  },
  // Each file of libs/serverless-plugin/src/bundle says what its plugin does.
  plugins: [
    groupBuilds(),
    lazyBuiltins(),
    environmentCredentials(),
    eventStreams(),
    aws4fetchHeaders(),
    sameFileMode(),
  ],
  // All packages are bundled, so none must be installed for the zip file.
  exclude: [],
  // A command bundles once.
  skipRebuild: true,
  // groupBuilds bundles up to 20 functions at once, and the next ones afterwards. Without it, limit this to the number of processors: esbuild
  // took 4.9 GB for 100 functions.
  concurrency: Number.POSITIVE_INFINITY,
});
