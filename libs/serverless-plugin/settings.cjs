const { enableCompileCache } = require('node:module');
const { compileCache } = require('./compile-cache.cjs');
const { nodeVersionProblem } = require('./node-version.cjs');

if (nodeVersionProblem) throw nodeVersionProblem;

// The CLI resolves the settings before it loads its plugins and the AWS SDK. A folder of the shell, in NODE_COMPILE_CACHE, is in use already.
const folder = compileCache(process.cwd());
if (folder) enableCompileCache(folder);

module.exports = require('./src/variables.ts');
