import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import type { LocalAwsProcess } from '../lib/local-aws-process.ts';

/** The API that benchmarks call. */
export interface MockApi {
  /** e.g. `abc123.execute-api.us-east-1.amazonaws.com`; the stage is `bench`. */
  readonly host: string;
  /** The role that account 222222222222 assumes for `POST /bench/messages`. */
  readonly roleArn: string;
}

/** Deploys `mock-api.yml` into account 111111111111. Its answers take no time: the benchmarks measure the way there. */
export async function deployMockApi({ url, region, credentials }: LocalAwsProcess): Promise<MockApi> {
  const client = new CloudFormationClient({
    endpoint: url,
    region,
    credentials: credentials('111111111111'),
  });
  const StackName = 'bench';
  const TemplateBody = await readFile(join(import.meta.dirname, 'mock-api.yml'), 'utf8');
  await client.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_IAM'] }));
  await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StackName });
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  client.destroy();
  const output = (name: string) =>
    Stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? '';
  return { host: output('Host'), roleArn: output('RoleArn') };
}
