const ServerlessFramework = require('@osls/compose/components/framework');
const { compileCache } = require('./compile-cache.cjs');
const { readNewOutputs } = require('./src/commands/outputs.ts');

// Compose starts the CLI for each service. With the variable, Node's cache has all of the CLI's modules.
const folder = compileCache(process.cwd());
if (folder) process.env.NODE_COMPILE_CACHE ??= folder;

/**
 * Runs the CLI for a service as Compose's own component does. But it shows an error once, and after a deployment, it reads the stack's outputs from the note of
 * our plugin. Compose would run `sls info` for them, which takes a quarter of a deployment's time.
 */
class ComposeService extends ServerlessFramework {
  /**
   * Without a terminal, Compose shows the CLI's output while it runs, and would print its error a second time.
   * @override
   * @param {unknown[]} given
   */
  async exec(...given) {
    try {
      return await super.exec(...given);
    } catch (error) {
      // Compose does not document it. Without it, the error is there twice, as before.
      const isShown = this.context.context?.output?.verboseMode === true && typeof error === 'string';
      throw isShown ? 'The output above says why.' : error;
    }
  }

  /** @override */
  async retrieveOutputs() {
    const service = { serviceDir: this.inputs.path, stage: this.context.stage };
    // An older note may be of another region, or of a stack that has changed.
    return (await readNewOutputs(service, performance.timeOrigin)) ?? super.retrieveOutputs();
  }
}

module.exports = ComposeService;
