const { nodeVersionProblem, pluginThatStops } = require('./node-version.cjs');

module.exports = nodeVersionProblem ? pluginThatStops(nodeVersionProblem) : require('./src/api.ts').default;
