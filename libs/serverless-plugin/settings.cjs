const { nodeVersionProblem } = require('./node-version.cjs');

if (nodeVersionProblem) throw nodeVersionProblem;
require('../resolve-sources.cjs');

module.exports = require('./src/variables.ts');
