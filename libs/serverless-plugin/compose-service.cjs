const ServerlessFramework = require('@osls/compose/components/framework');
const { compileCache } = require('./compile-cache.cjs');
const { readNewOutputs } = require('./src/commands/outputs.ts');

// Compose starts the CLI for each service. With the variable, Node's cache has all of the CLI's modules.
const folder = compileCache(process.cwd());
if (folder) process.env.NODE_COMPILE_CACHE ??= folder;

/**
 * Runs the CLI for a service as Compose's own component does. But after a deployment, it reads the stack's outputs from the note of
 * our plugin. Compose would run `sls info` for them, which takes a quarter of a deployment's time.
 */
class ComposeService extends ServerlessFramework {
  /** @override */
  async retrieveOutputs() {
    const service = { serviceDir: this.inputs.path, stage: this.context.stage };
    // An older note may be of another region, or of a stack that has changed.
    return (await readNewOutputs(service, performance.timeOrigin)) ?? super.retrieveOutputs();
  }
}

module.exports = ComposeService;
