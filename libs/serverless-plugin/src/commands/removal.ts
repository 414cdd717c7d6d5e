import type { Framework, Utilities } from '../framework.ts';

/**
 * Lets `sls remove` succeed if the service is not deployed. The framework would report an error, and Compose would then not
 * remove the other service.
 * @param accountId of the account that was asked
 */
export async function skipRemovalOfNothing(
  framework: Framework,
  { log }: Utilities,
  accountId: string | undefined,
): Promise<void> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const provider = framework.getProvider('aws');
  const StackName = provider.naming.getStackName();
  const cloudFormation = new CloudFormationClient(await provider.getAwsSdkV3Config());
  const isMissing = await cloudFormation.send(new DescribeStacksCommand({ StackName })).then(
    () => false,
    // Any other error is the framework's to report.
    (error) => error instanceof Error && error.message.includes('does not exist'),
  );
  cloudFormation.destroy();
  if (!isMissing) return;
  log.notice(
    `Account ${accountId} has no stack ${StackName} in ${provider.getRegion()}: nothing has to be removed.`,
  );
  // The framework documents no way to skip the work of a command.
  framework.pluginManager.hooks['remove:remove']?.splice(0);
}
