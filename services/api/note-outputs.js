import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { removeOutputs, writeOutputs } from '../api-outputs.js';

/** A plugin that notes the stack's outputs for the caller service, whenever the framework looks at the stack. */
export default class NoteOutputs {
  /**
   * @param {{
   *   getProvider(name: 'aws'): {
   *     getStage(): string,
   *     getRegion(): string,
   *     getAwsSdkV3Config(): Promise<import('@aws-sdk/client-cloudformation').CloudFormationClientConfig>,
   *     naming: { getStackName(): string },
   *   },
   * }} serverless
   */
  constructor(serverless) {
    const provider = serverless.getProvider('aws');
    this.hooks = {
      // Part of `sls info`, and of `sls deploy`, also if there was nothing to deploy.
      'after:aws:info:gatherData': async () => {
        const cloudFormation = new CloudFormationClient(await provider.getAwsSdkV3Config());
        const StackName = provider.naming.getStackName();
        const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
        cloudFormation.destroy();
        const outputs =
          Stacks[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? [];
        await writeOutputs(provider.getStage(), provider.getRegion(), Object.fromEntries(outputs));
      },
      'after:remove:remove': () => removeOutputs(provider.getStage(), provider.getRegion()),
    };
  }
}
