// Before anything else is loaded. Older versions of Node cannot load the package: it is ES modules, and in its own repository
// TypeScript.

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

/** The problem with the version of Node that runs the CLI. `undefined` if it is new enough. */
exports.nodeVersionProblem =
  major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 18)
    ? undefined
    : `Node ${process.versions.node} runs the CLI, and the plugins of this service need Node 22.18 or 24.5. Run "npx sls" in a project that has the package "node", or install Node 24.`;

/**
 * @param {string | undefined} problem
 * @returns a plugin that stops every command with the problem
 */
exports.pluginThatStops = (problem) =>
  class {
    /** @param {{ classes: { Error: new (message: string, code: string) => Error } }} framework */
    constructor({ classes }) {
      throw new classes.Error(String(problem), 'NODE_VERSION');
    }
  };
