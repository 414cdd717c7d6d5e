import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { IAMClient } from '@aws-sdk/client-iam';
import { handlerActions } from '@cross-account-api/iam/aws';
import { type LocalAws, startLocalAws } from '@cross-account-api/local-aws';
import type { Resource } from '@cross-account-api/serverless-plugin';
import fc from 'fast-check';
import { forgivenActions, statementsBeyond } from '../libs/cli/src/commands/check/deployment-statements.ts';
import { isUnknown } from '../libs/cli/src/commands/check/facts.ts';
import { simulateDeployment } from '../libs/cli/src/commands/check/simulate-deployment.ts';
import { planSimulation } from '../libs/cli/src/commands/check/simulation-plan.ts';

const accountId = '111111111111';
const region = 'us-east-1';

let root: string;
let aws: LocalAws;
let cloudFormation: CloudFormationClient;
let iam: IAMClient;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'deployment-permissions-'));
  aws = await startLocalAws({ root, port: 0 });
  const role = aws.directory.roles.create(accountId, {
    name: 'deployer',
    trustPolicy: policy({ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' }),
  });
  aws.directory.roles.putPolicy(accountId, 'deployer', 'all', policy(everything));
  const credentials = aws.directory.beginSession({ role, sessionName: 'ci', durationSeconds: 3_600 });
  cloudFormation = new CloudFormationClient({ endpoint: aws.url, region, credentials, maxAttempts: 1 });
  iam = new IAMClient({
    endpoint: aws.url,
    region,
    credentials: aws.directory.administrator(accountId),
    maxAttempts: 1,
  });
});
afterAll(async () => {
  cloudFormation?.destroy();
  iam?.destroy();
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };

function policy(...Statement: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

type Resources = Readonly<Record<string, Resource>>;

/** A property with two values, between which an update changes. */
type Optional = Readonly<Record<string, readonly [unknown, unknown]>>;

interface Sample {
  readonly type: string;
  readonly properties?: object;
  /** Properties that a template must have, and that the update changes. */
  readonly changed?: Optional;
  /** Properties that a template may have or not. */
  readonly optional?: Optional;
  /** What the resource refers to. */
  readonly others?: Resources;
}

const tags = [
  [{ Key: 'team', Value: 'a' }],
  [
    { Key: 'team', Value: 'b' },
    { Key: 'owner', Value: 'c' },
  ],
] as const;
const trust = (service: string) => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' },
});
const rule = (Action: string) => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action, Resource: '*' },
});
const key = `arn:aws:kms:${region}:${accountId}:key/mrk-0123456789abcdef0123456789abcdef`;
const functionRole = {
  Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust('lambda.amazonaws.com') } },
};
const code = (text: string) => ({ ZipFile: `exports.handler = async () => '${text}'` });
const aFunction = {
  Type: 'AWS::Lambda::Function',
  Properties: {
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: code('a'),
  },
};
const api = { Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'a' } } };
const method = {
  Method: {
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      RestApiId: { Ref: 'Api' },
      ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
      HttpMethod: 'GET',
      AuthorizationType: 'AWS_IAM',
      Integration: { Type: 'MOCK' },
    },
  },
};

/** The types of both services' own resources, and of queues. */
const samples: readonly Sample[] = [
  {
    type: 'AWS::Logs::LogGroup',
    optional: { RetentionInDays: [7, 14], KmsKeyId: [key, `${key}0`], Tags: tags },
  },
  {
    type: 'AWS::Logs::MetricFilter',
    properties: {
      LogGroupName: 'a',
      FilterPattern: '',
      MetricTransformations: [{ MetricName: 'a', MetricNamespace: 'b', MetricValue: '1' }],
    },
    optional: { ApplyOnTransformedLogs: [true, false] },
  },
  {
    type: 'AWS::DynamoDB::Table',
    properties: {
      AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
    optional: {
      TimeToLiveSpecification: [
        { Enabled: true, AttributeName: 't' },
        { Enabled: false, AttributeName: 't' },
      ],
      PointInTimeRecoverySpecification: [
        { PointInTimeRecoveryEnabled: true },
        { PointInTimeRecoveryEnabled: false },
      ],
      SSESpecification: [
        { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
        { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: `${key}0` },
      ],
      Tags: tags,
    },
  },
  {
    type: 'AWS::IAM::Role',
    changed: { AssumeRolePolicyDocument: [trust('states.amazonaws.com'), trust('scheduler.amazonaws.com')] },
    optional: {
      Description: ['a', 'b'],
      MaxSessionDuration: [3_600, 7_200],
      ManagedPolicyArns: [['arn:aws:iam::aws:policy/AdministratorAccess'], []],
      Policies: [
        [{ PolicyName: 'a', PolicyDocument: rule('s3:GetObject') }],
        [{ PolicyName: 'b', PolicyDocument: rule('s3:PutObject') }],
      ],
      Tags: tags,
    },
  },
  {
    type: 'AWS::Lambda::Function',
    others: functionRole,
    properties: aFunction.Properties,
    changed: { Code: [code('b'), code('c')] },
    optional: {
      Description: ['a', 'b'],
      ReservedConcurrentExecutions: [1, 2],
      RecursiveLoop: ['Allow', 'Terminate'],
      Tags: tags,
    },
  },
  {
    type: 'AWS::Lambda::Permission',
    others: { ...functionRole, Function: aFunction },
    properties: {
      FunctionName: { Ref: 'Function' },
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    },
  },
  {
    type: 'AWS::ApiGateway::RestApi',
    properties: { Name: 'a' },
    optional: { Description: ['a', 'b'], Tags: tags },
  },
  {
    type: 'AWS::ApiGateway::Resource',
    others: api,
    properties: {
      RestApiId: { Ref: 'Api' },
      ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
      PathPart: 'a',
    },
  },
  {
    type: 'AWS::ApiGateway::Method',
    others: api,
    properties: method.Method.Properties,
    optional: { OperationName: ['a', 'b'] },
  },
  {
    type: 'AWS::ApiGateway::Deployment',
    others: { ...api, ...method },
    properties: { RestApiId: { Ref: 'Api' } },
    optional: { Description: ['a', 'b'] },
  },
  {
    type: 'AWS::ApiGateway::Stage',
    others: {
      ...api,
      ...method,
      Deployment: {
        Type: 'AWS::ApiGateway::Deployment',
        Properties: { RestApiId: { Ref: 'Api' } },
        DependsOn: ['Method'],
      },
    },
    properties: { RestApiId: { Ref: 'Api' }, DeploymentId: { Ref: 'Deployment' }, StageName: 'a' },
    optional: { Description: ['a', 'b'], Tags: tags },
  },
  {
    type: 'AWS::S3::Bucket',
    optional: {
      PublicAccessBlockConfiguration: [{ BlockPublicPolicy: true }, { BlockPublicPolicy: false }],
      OwnershipControls: [
        { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
      ],
      VersioningConfiguration: [{ Status: 'Enabled' }, { Status: 'Suspended' }],
      Tags: tags,
    },
  },
  {
    type: 'AWS::S3::BucketPolicy',
    others: { Bucket: { Type: 'AWS::S3::Bucket', Properties: {} } },
    properties: {
      Bucket: { Ref: 'Bucket' },
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: { 'Fn::Sub': `arn:aws:s3:::\${Bucket}/*` },
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      },
    },
  },
  { type: 'AWS::SNS::Topic', optional: { DisplayName: ['a', 'b'], Tags: tags } },
  {
    type: 'AWS::CloudWatch::Alarm',
    properties: {
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      MetricName: 'a',
      Namespace: 'b',
      Period: 60,
      Statistic: 'Sum',
      Threshold: 1,
    },
    optional: { AlarmDescription: ['a', 'b'], Tags: tags },
  },
  {
    type: 'AWS::CloudWatch::Dashboard',
    properties: { DashboardBody: '{"widgets":[]}' },
    optional: { DashboardBody: ['{"widgets":[],"start":"-PT1H"}', '{"widgets":[],"start":"-PT2H"}'] },
  },
  {
    type: 'AWS::Route53::RecordSet',
    properties: { Name: 'api.example.com', Type: 'CNAME', TTL: '60', HostedZoneId: 'Z0123456789ABCDEFGHIJ' },
    optional: { ResourceRecords: [['a.example.com'], ['b.example.com']] },
  },
  { type: 'AWS::SQS::Queue', optional: { VisibilityTimeout: [30, 60], Tags: tags } },
];

/** The actions that somebody can take from the deployer: those of the type, but for what the project's roles leave out on purpose. */
function removableActions(type: string): readonly string[] {
  const { handlers = {} } = handlerActions.types[type] ?? {};
  const rows = Object.values(handlers).flatMap((each) => Object.entries(each ?? {}));
  return [
    ...new Set(rows.flatMap(([action, { withheld }]) => (withheld === undefined ? [action] : []))),
  ].sort();
}

let stacks = 0;

/** Deploys a stack, changes it, takes everything optional away and gives it back, and deletes it. @returns the status that failed, if one did */
async function failureOf(steps: readonly Resources[]): Promise<string | undefined> {
  stacks += 1;
  const StackName = `s${stacks}`;
  const common = { StackName, Capabilities: ['CAPABILITY_NAMED_IAM' as const], DisableRollback: true };
  for (const [index, resources] of steps.entries()) {
    const TemplateBody = JSON.stringify({ Resources: resources });
    const Tags = [{ Key: index % 2 === 0 ? 'even' : 'odd', Value: 'x' }];
    const command =
      index === 0
        ? new CreateStackCommand({ ...common, TemplateBody, Tags })
        : new UpdateStackCommand({ ...common, TemplateBody, Tags });
    await cloudFormation.send(command as CreateStackCommand);
    const status = await settled(StackName);
    if (!/^(?:CREATE|UPDATE)_COMPLETE$/.test(status)) return status;
  }
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
  const status = await settled(StackName);
  return status === 'DELETE_COMPLETE' ? undefined : status;
}

async function settled(StackName: string): Promise<string> {
  for (;;) {
    try {
      const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      const { StackStatus = '' } = stack ?? {};
      if (!StackStatus.endsWith('_IN_PROGRESS')) return StackStatus;
    } catch {
      return 'DELETE_COMPLETE';
    }
    await setTimeout(2);
  }
}

/** Whether `check` fails for a deployer of these resources. */
async function isRefusedByCheck(all: readonly Resource[]): Promise<boolean> {
  const place = { partition: 'aws', region, accountId, service: 'a', stage: 'b' };
  const plan = planSimulation(statementsBeyond([], all, place), [], { region, tags: {} });
  const arn = `arn:aws:sts::${accountId}:assumed-role/deployer/ci`;
  const simulated = await simulateDeployment(iam, arn, plan);
  if (isUnknown(simulated)) throw new Error(simulated.unknown);
  const forgiven = forgivenActions(all);
  return simulated.denied.some(({ action }) => !forgiven.has(action));
}

/** The resource with some of its optional properties, in the first or the second of their values. */
function resourcesOf(sample: Sample, chosen: readonly string[], value: 0 | 1): Resources {
  const { type, properties, changed = {}, optional = {}, others = {} } = sample;
  const given = Object.entries({ ...changed, ...optional }).flatMap(([name, values]) =>
    name in changed || chosen.includes(name) ? [[name, values[value]]] : [],
  );
  return { ...others, Own: { Type: type, Properties: { ...properties, ...Object.fromEntries(given) } } };
}

const cases = fc.constantFrom(...samples).chain((sample) =>
  fc.record({
    sample: fc.constant(sample),
    chosen: fc.subarray(Object.keys(sample.optional ?? {})),
    removed: fc.constantFrom(...removableActions(sample.type)),
  }),
);

test('without one action, the deployment to local AWS fails where check fails: at creating, updating or deleting', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ sample, chosen, removed }) => {
      const [first, second, bare] = [
        resourcesOf(sample, chosen, 0),
        resourcesOf(sample, chosen, 1),
        resourcesOf(sample, [], 0),
      ];
      aws.directory.roles.putPolicy(
        accountId,
        'deployer',
        'all',
        policy(everything, { Effect: 'Deny', Action: removed, Resource: '*' }),
      );
      const refused = await isRefusedByCheck([...Object.values(first), ...Object.values(second)]);
      const failure = await failureOf([first, second, bare, first]);
      expect({ isRefused: failure !== undefined, failure }).toEqual({ isRefused: refused, failure });
    }),
    { numRuns: 40 },
  );
});
