import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DescribeChangeSetCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { accounts, matchers, startTestAws, type TestAws } from '../src/testing/index.ts';

expect.extend(matchers);

/* `Fn::GetStackOutput`, with AWS's own client. */

const API = '111111111111';
const CALLER = '222222222222';
const READER = `arn:aws:iam::${API}:role/output-reader`;
const DEPLOYER = `arn:aws:iam::${CALLER}:role/deployer`;

const policies = (...statements: readonly object[]) => [
  { PolicyName: 'calls', PolicyDocument: { Version: '2012-10-17', Statement: statements } },
];

const trusting = (Principal: object) => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' },
});

/** The stack of the API: its outputs, and the role that may read them. */
const api = (url: string) => ({
  Resources: {
    Reader: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'output-reader',
        AssumeRolePolicyDocument: trusting({ AWS: CALLER }),
        Policies: policies({
          Sid: 'ReadOutputs',
          Effect: 'Allow',
          Action: 'cloudformation:DescribeStacks',
          Resource: { 'Fn::Sub': `arn:\${AWS::Partition}:cloudformation:*:\${AWS::AccountId}:stack/api/*` },
        }),
      },
    },
  },
  Outputs: { ApiUrl: { Value: url } },
});

const caller = (output: object) => ({
  Resources: {
    Url: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/url', Type: 'String', Value: output } },
  },
  Outputs: { Url: { Value: { 'Fn::GetAtt': ['Url', 'Value'] } } },
});

const getOutput = (more: object = {}) => ({
  'Fn::GetStackOutput': { StackName: 'api', OutputName: 'ApiUrl', RoleArn: READER, ...more },
});

let aws: TestAws;
let cloudFormation: CloudFormationClient;

beforeAll(async () => {
  aws = await startTestAws();
});
afterAll(() => aws?.close());
beforeEach(async () => {
  await aws.reset();
  cloudFormation = new CloudFormationClient(aws.as(accounts.caller).sdk);
  await aws.deploy(api('https://one.example'), { account: accounts.api, name: 'api' });
});
afterEach(() => cloudFormation.destroy());

const deploy = (template: object | string, options: object = {}) =>
  aws.deploy(typeof template === 'string' ? JSON.parse(template) : template, {
    account: accounts.caller,
    name: 'caller',
    ...options,
  });

test("a stack reads an output of another account's stack, and the role's policies decide", async () => {
  const { outputs } = await deploy(caller(getOutput()));
  expect(outputs.Url).toBe('https://one.example');
});

test.each([
  [
    'another region',
    getOutput({ Region: 'eu-west-1' }),
    /Stack with id api does not exist \(Service: AmazonCloudFormation; Status Code: 400; Error Code: ValidationError; Request ID: [\w-]+; Proxy: null\)\. CloudFormation looked in region eu-west-1 of account 1{12}/,
  ],
  ['an unknown region', getOutput({ Region: 'mars' }), /mars is not a region\. Correct the Region/],
  [
    'another partition',
    getOutput({ Region: 'cn-north-1' }),
    /The security token included in the request is invalid \(Service: AmazonCloudFormation; Status Code: 403; Error Code: InvalidClientTokenId; .*\)\. The other stack must be in the partition aws,/,
  ],
  [
    'an unknown stack',
    getOutput({ StackName: 'no' }),
    /not authorized to perform: cloudformation:DescribeStacks .*\(Service: AmazonCloudFormation; Status Code: 403; Error Code: AccessDenied; /,
  ],
  [
    'an unknown output',
    getOutput({ OutputName: 'No' }),
    /TemplateError: Fn::GetStackOutput references output No from stack api, but this output was not found\. The output may have been deleted\. The stack has the outputs ApiUrl/,
  ],
  [
    'a role that does not exist',
    getOutput({ RoleArn: `${READER}-2` }),
    /user\/administrator is not authorized to perform: sts:AssumeRole on resource: .*output-reader-2 \(Service: AWSSecurityTokenService; Status Code: 403; Error Code: AccessDenied; /,
  ],
  [
    'no role',
    getOutput({ RoleArn: { Ref: 'AWS::NoValue' } }),
    /id api does not exist .* in region us-east-1 of account 2{12}/,
  ],
  [
    'a wrong argument',
    { 'Fn::GetStackOutput': ['api', 'ApiUrl'] },
    /requires the strings StackName and OutputName/,
  ],
])('%s fails the stack before its first resource, with the reason', async (_what, value, reason) => {
  await expect(deploy(caller(value))).rejects.toThrow(reason);
});

test('the other stack may be in another region of the same account, without a role', async () => {
  await aws.deploy(api('https://own.example'), {
    account: accounts.caller,
    name: 'api',
    region: 'eu-west-1',
  });
  const { outputs } = await deploy(
    caller({ 'Fn::GetStackOutput': { StackName: 'api', OutputName: 'ApiUrl', Region: 'eu-west-1' } }),
  );
  expect(outputs.Url).toBe('https://own.example');
});

test('a service role needs the permission to assume the reader, and a refusal is explained', async () => {
  const deployer = (...statements: readonly object[]) => ({
    Resources: {
      Deployer: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: 'deployer',
          AssumeRolePolicyDocument: trusting({ Service: 'cloudformation.amazonaws.com' }),
          Policies: policies({ Effect: 'Allow', Action: 'ssm:*', Resource: '*' }, ...statements),
        },
      },
    },
  });
  const create = async (StackName: string) => {
    const TemplateBody = JSON.stringify(caller(getOutput()));
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody, RoleARN: DEPLOYER }));
    await aws.localAws.stacksSettled();
    const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return stack?.StackStatus;
  };
  await deploy(deployer(), { name: 'roles' });
  expect(await create('without')).toBe('ROLLBACK_COMPLETE');
  const refused = aws.calls({ operation: 'AssumeRole' }).at(-1);
  expect(refused).toBeDeniedBy();
  expect(refused?.principal).toContain('assumed-role/deployer/AWSCloudFormation');
  await deploy(deployer({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: READER }), { name: 'roles' });
  expect(await create('with')).toBe('CREATE_COMPLETE');
});

test('the reference is weak: a later update reads the new value, and the other stack can be changed and deleted', async () => {
  await deploy(caller(getOutput()));
  const TemplateBody = JSON.stringify(caller(getOutput()));
  const update = () => cloudFormation.send(new UpdateStackCommand({ StackName: 'caller', TemplateBody }));
  await expect(update()).rejects.toThrow('No updates are to be performed.');
  await aws.deploy(api('https://two.example'), { account: accounts.api, name: 'api' });
  const { outputs } = await deploy(caller(getOutput()));
  expect(outputs.Url).toBe('https://two.example');
});

test('a change set shows the value that it would deploy', async () => {
  await deploy(caller(getOutput()));
  await aws.deploy(api('https://two.example'), { account: accounts.api, name: 'api' });
  const names = { StackName: 'caller', ChangeSetName: 'next' };
  const TemplateBody = JSON.stringify(caller(getOutput()));
  await cloudFormation.send(new CreateChangeSetCommand({ ...names, TemplateBody }));
  const { Changes: [change] = [] } = await cloudFormation.send(
    new DescribeChangeSetCommand({ ...names, IncludePropertyValues: true }),
  );
  expect(JSON.parse(change?.ResourceChange?.AfterContext ?? '').Properties.Value).toBe('https://two.example');
});

test('arguments are functions of parameters, and another output', async () => {
  const name = 'names';
  await aws.deploy(
    {
      Resources: { Own: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'a' } } },
      Outputs: { Output: { Value: 'ApiUrl' } },
    },
    { account: accounts.caller, name },
  );
  const nested = getOutput({
    StackName: { Ref: 'Api' },
    OutputName: { 'Fn::GetStackOutput': { StackName: name, OutputName: 'Output' } },
  });
  const template = { ...caller(nested), Parameters: { Api: { Type: 'String', Default: 'api' } } };
  expect((await deploy(template)).outputs.Url).toBe('https://one.example');
  const { Url } = caller('a' as never).Resources;
  const ofResource = {
    Resources: {
      First: { ...Url, Properties: { ...Url.Properties, Name: '/first', Value: 'api' } },
      Url: {
        ...Url,
        Properties: {
          ...Url.Properties,
          Name: '/second',
          Value: getOutput({ StackName: { 'Fn::GetAtt': ['First', 'Value'] } }),
        },
      },
    },
  };
  await expect(deploy(ofResource, { name: 'resource' })).rejects.toThrow(
    'no argument of Fn::GetStackOutput can refer to a resource',
  );
});

test('conditions cannot use it', async () => {
  const template = {
    ...caller('a' as never),
    Conditions: { One: { 'Fn::Equals': [getOutput(), 'a'] } },
  };
  await expect(deploy(template)).rejects.toThrow('Cannot use Fn::GetStackOutput in Conditions.');
});
