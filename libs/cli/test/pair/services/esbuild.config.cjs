module.exports = () => ({
  bundle: true,
  minify: true,
  format: 'esm',
  outputFileExtension: '.mjs',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  exclude: [],
  skipRebuild: true,
});
