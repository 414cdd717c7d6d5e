import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

/**
 * A plugin that lets `sls remove` succeed if the service is not deployed. To the framework that is an error, after which
 * Compose would not remove the other service.
 */
export default class Removal {
  /**
   * @param {{
   *   getProvider(name: 'aws'): {
   *     getAwsSdkV3Config(): Promise<object>,
   *     naming: { getStackName(): string },
   *   },
   *   pluginManager: { hooks: Record<string, unknown[]> },
   * }} serverless
   * @param {unknown} _options
   * @param {{ log: { notice(message: string): void } }} utilities
   */
  constructor(serverless, _options, { log }) {
    this.hooks = {
      'before:remove:remove': async () => {
        const provider = serverless.getProvider('aws');
        const StackName = provider.naming.getStackName();
        const cloudFormation = new CloudFormationClient(await provider.getAwsSdkV3Config());
        const isMissing = await cloudFormation.send(new DescribeStacksCommand({ StackName })).then(
          () => false,
          // Any other error is the framework's to report.
          (error) => error instanceof Error && error.message.includes('does not exist'),
        );
        cloudFormation.destroy();
        if (!isMissing) return;
        log.notice(`There is no stack ${StackName}: nothing has to be removed.`);
        // The framework has no other way to leave out what a command does.
        serverless.pluginManager.hooks['remove:remove']?.splice(0);
      },
    };
  }
}
