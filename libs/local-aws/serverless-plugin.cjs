const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

// Older versions of Node cannot load the plugin: it is ES modules, and in its own repository TypeScript.
const isNewEnough = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 13);

module.exports = isNewEnough
  ? require('./src/framework-plugin/index.ts').default
  : class {
      /** @param {{ classes: { Error: new (message: string, code: string) => Error } }} framework */
      constructor({ classes }) {
        throw new classes.Error(
          `Node ${process.versions.node} runs the CLI, and the plugin of local AWS needs Node 22.13 or 24.5. Run "npx sls" in a project that has the package "node", or install Node 24.`,
          'NODE_VERSION',
        );
      }
    };
