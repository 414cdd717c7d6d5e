import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  waitUntilChangeSetCreateComplete,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { type LocalAws, startLocalAws } from '@cross-account-api/local-aws';
import { projectRoot } from './lib/project.ts';

const CALLER = '222222222222';
const wait = { maxWaitTime: 30, minDelay: 1, maxDelay: 1 };

let root: string;
let aws: LocalAws;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'triggers-'));
  aws = await startLocalAws({ root, port: 0 });
});
afterAll(async () => {
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});

type Keys = ReturnType<LocalAws['directory']['administrator']>;

const clientOf = (credentials: Keys) =>
  new CloudFormationClient({ endpoint: aws.url, region: 'us-east-1', credentials, maxAttempts: 1 });

/** Creates the deployment role of the caller of one stage. @returns keys of a session of it */
async function deployerOf(stage: string, triggers: 'yes' | 'no'): Promise<Keys> {
  const client = clientOf(aws.directory.administrator(CALLER));
  const parameters = {
    Stage: stage,
    Service: 'shop',
    ApiService: 'orders',
    Subject: 'repo:company/shop:environment:dev',
    ApiAccountId: '111111111111',
    CreateProvider: stage === 'dev' ? 'yes' : 'no',
    Triggers: triggers,
  };
  const StackName = `deployer-${stage}`;
  await client.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: await readFile(join(projectRoot, 'services/caller/deployment-role.yml'), 'utf8'),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    }),
  );
  await waitUntilStackCreateComplete({ client, ...wait }, { StackName });
  client.destroy();
  const role = aws.directory.roles.get(CALLER, `deploy-shop-${stage}`);
  return aws.directory.beginSession({ role, sessionName: 'ci', durationSeconds: 3_600 });
}

/** A function with a queue and a schedule, as `events: [sqs, schedule]` make it. */
const template = (stage: string) => ({
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: `shop-${stage}`,
        PermissionsBoundary: `arn:aws:iam::${CALLER}:policy/shop-${stage}-boundary`,
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: {
            Effect: 'Allow',
            Principal: { Service: 'lambda.amazonaws.com' },
            Action: 'sts:AssumeRole',
          },
        },
        Policies: [
          {
            PolicyName: 'queue',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: {
                Effect: 'Allow',
                Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
                Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] },
              },
            },
          },
        ],
      },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: `shop-${stage}`,
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: 'exports.handler = async () => {};' },
      },
    },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { Tags: [{ Key: 'team', Value: 'a' }] } },
    Source: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { 'Fn::GetAtt': ['Function', 'Arn'] },
        EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      },
    },
    Daily: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(1 day)',
        Targets: [{ Id: 'shop', Arn: { 'Fn::GetAtt': ['Function', 'Arn'] } }],
      },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { 'Fn::GetAtt': ['Function', 'Arn'] },
        Principal: 'events.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': ['Daily', 'Arn'] },
      },
    },
    Retries: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { FunctionName: { Ref: 'Function' }, Qualifier: '$LATEST', MaximumRetryAttempts: 0 },
    },
  },
});

/** Deploys as the CLI does, by a change set. @returns the stack's status, and the reasons of failures */
async function deploy(stage: string, keys: Keys) {
  const client = clientOf(keys);
  const StackName = `shop-${stage}`;
  const ChangeSetName = `shop-${stage}-change-set`;
  await client.send(
    new CreateChangeSetCommand({
      StackName,
      ChangeSetName,
      ChangeSetType: 'CREATE',
      TemplateBody: JSON.stringify(template(stage)),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    }),
  );
  await waitUntilChangeSetCreateComplete({ client, ...wait }, { StackName, ChangeSetName });
  await client.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName }));
  const result = await waitUntilStackCreateComplete({ client, ...wait }, { StackName }).catch(
    () => undefined,
  );
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
  client.destroy();
  const reasons = StackEvents.flatMap(({ ResourceStatus, ResourceStatusReason = '' }) =>
    ResourceStatus === 'CREATE_FAILED' ? [ResourceStatusReason] : [],
  );
  return { done: result !== undefined, status: Stacks?.[0]?.StackStatus, reasons: reasons.join(' ') };
}

test('the deployment role of a caller deploys a queue and a schedule with the parameter Triggers', async () => {
  expect(await deploy('dev', await deployerOf('dev', 'yes'))).toEqual({
    done: true,
    status: 'CREATE_COMPLETE',
    reasons: '',
  });
});

test('without the parameter, the role may deploy neither', async () => {
  const { status, reasons } = await deploy('test', await deployerOf('test', 'no'));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(reasons).toMatch(/sqs:CreateQueue|events:\w+/);
});
