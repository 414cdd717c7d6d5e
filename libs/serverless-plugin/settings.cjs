const { nodeVersionProblem } = require('./node-version.cjs');

if (nodeVersionProblem) throw nodeVersionProblem;

module.exports = require('./src/variables.ts');
