import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { ApiFacts, PolicyReader } from '@cross-account-api/iam/explanation';
import type { Account } from '../aws/account.ts';
import { credentialsOfProfile } from '../aws/credentials.ts';
import { findDeployedApi } from './deployed-stacks.ts';

describe('an API without an output of its URL', () => {
  /** An account with the stack of an API, and nothing else. */
  function accountIn(region: string): Account {
    const cloudFormation = new CloudFormationClient({ region });
    const answer = (command: object) =>
      command instanceof DescribeStacksCommand
        ? { Stacks: [{ StackName: 'api-dev', StackId: 'arn', StackStatus: 'CREATE_COMPLETE' }] }
        : {
            StackResourceSummaries: [
              { ResourceType: 'AWS::ApiGateway::RestApi', PhysicalResourceId: 'abc123' },
            ],
          };
    jest.spyOn(cloudFormation, 'send').mockImplementation(async (command: object) => answer(command));
    const read = (call: () => unknown) => call();
    return {
      accountId: '111111111111',
      source: credentialsOfProfile('api'),
      client: () => cloudFormation,
      read,
    } as unknown as Account;
  }

  test.each([
    ['eu-central-1', 'amazonaws.com'],
    ['us-gov-west-1', 'amazonaws.com'],
    ['cn-north-1', 'amazonaws.com.cn'],
    ['eusc-de-east-1', 'amazonaws.eu'],
    ['us-iso-east-1', 'c2s.ic.gov'],
  ])('in %s has a host in %s, which explain and verify call', async (region, domain) => {
    const reader = { api: async () => ({ apiId: 'abc123' }) as ApiFacts } as unknown as PolicyReader;
    const found = await findDeployedApi({ stage: 'dev', region, api: accountIn(region) }, reader);
    expect(found.apiUrl).toBe(`https://abc123.execute-api.${region}.${domain}/dev`);
  });
});
