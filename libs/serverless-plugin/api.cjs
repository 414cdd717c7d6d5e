const { nodeVersionProblem, pluginThatStops } = require('./node-version.cjs');

if (!nodeVersionProblem) require('../resolve-sources.cjs');

module.exports = nodeVersionProblem ? pluginThatStops(nodeVersionProblem) : require('./src/api.ts').default;
