import {
  type CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';

/** The values of outputs, by name. */
export type Outputs = ReadonlyMap<string, string>;

/** Looks twenty times a second. */
export const waiting = { maxWaitTime: 300, minDelay: 0.05, maxDelay: 0.05 };

/** Creates a stack and waits until it is there. */
export async function createStack(
  client: CloudFormationClient,
  { StackName, ...input }: CreateStackCommandInput,
): Promise<Outputs> {
  await client.send(new CreateStackCommand({ StackName, Capabilities: ['CAPABILITY_IAM'], ...input }));
  await waitUntilStackCreateComplete({ client, ...waiting }, { StackName });
  return readOutputs(client);
}

/** Reads the outputs of all stacks of an account. */
export async function readOutputs(client: CloudFormationClient): Promise<Outputs> {
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({}));
  return new Map(
    Stacks.flatMap(({ Outputs = [] }) =>
      Outputs.map(({ OutputKey, OutputValue }) => [String(OutputKey), String(OutputValue)] as const),
    ),
  );
}
