import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { ApiFacts, PolicyReader } from '@cross-account-api/iam';
import type { Account } from '../aws/account.ts';
import { credentialsOfProfile } from '../aws/credentials.ts';
import { compareConfiguration, findDeployedApi } from './deployed-pair.ts';

const outputs = new Map([
  ['ApiUrl', 'https://a.execute-api.eu-west-1.amazonaws.com/dev'],
  ['InvokeRoleArn', 'arn:aws:iam::111111111111:role/invoke'],
]);
const sound = {
  API_URL: 'https://a.execute-api.eu-west-1.amazonaws.com/dev',
  INVOKE_ROLE_ARN: 'arn:aws:iam::111111111111:role/invoke',
  EXTERNAL_ID: 'x',
};

test('a caller that is configured with the outputs of the api stack is sound', () => {
  expect(compareConfiguration(sound, outputs)).toMatchObject({ state: 'holds' });
});

test('a caller without a role to assume is sound, too: the API may admit it by its resource policy', () => {
  expect(compareConfiguration({ API_URL: sound.API_URL }, outputs)).toMatchObject({ state: 'holds' });
});

test.each([
  [
    'another API',
    { ...sound, API_URL: 'https://b' },
    /API_URL is https:\/\/b, and the api stack's ApiUrl is https:\/\/a\./,
  ],
  ['no role', { ...sound, INVOKE_ROLE_ARN: undefined }, /INVOKE_ROLE_ARN is not set/],
  ['an external ID alone', { API_URL: sound.API_URL, EXTERNAL_ID: 'x' }, /INVOKE_ROLE_ARN is not set/],
  ['no external ID', { ...sound, EXTERNAL_ID: undefined }, /EXTERNAL_ID is not set/],
])('a caller that has %s is reported with the variable and its value', (_what, environment, message) => {
  const defined = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const { state, problem } = compareConfiguration(defined, outputs);
  expect(state).toBe('breaks');
  expect(problem).toMatch(message);
});

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
    expect(found.defaultUrl).toBe(`https://abc123.execute-api.${region}.${domain}/dev`);
  });
});
