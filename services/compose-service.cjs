const ServerlessFramework = require('@osls/compose/components/framework');

/**
 * Runs the CLI for a service as Compose's own component does, without two runs that take a third of a deployment's time and
 * tell nothing new: after a deployment, `sls info` for the stack's outputs, which the deployment itself can print; and in a
 * new folder, `sls --version`, which package.json determines.
 */
class ComposeService extends ServerlessFramework {
  /** @type {{ stdout: string, stderr: string } | undefined} */
  deployment;

  /** @override */
  async ensureFrameworkVersion() {}

  /**
   * @override
   * @param {string} program
   * @param {string[]} args
   * @param {unknown[]} options
   */
  async exec(program, args, ...options) {
    const command = args.join(' ');
    if (command === 'info --verbose' && this.deployment?.stdout.includes('Stack Outputs:')) {
      return this.deployment;
    }
    if (command !== 'deploy') return super.exec(program, args, ...options);
    this.deployment = await super.exec(program, ['deploy', '--verbose'], ...options);
    return this.deployment;
  }
}

module.exports = ComposeService;
