import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, HeadBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { INSTANCE_VARIABLE, ROOT_VARIABLE } from '../state-directory/index.ts';
import LocalStagePlugin from './index.ts';

const before = { ...process.env };
let root: string;
let aws: LocalAws;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'framework-plugin-'));
  aws = await startLocalAws({ root, port: 0, report: () => {} });
});
afterEach(() => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, before);
});
afterAll(async () => {
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});

type Framework = ConstructorParameters<typeof LocalStagePlugin>[0];

/** The framework's plugins, as this one takes them. */
type LoadedPlugins = Framework['pluginManager']['plugins'];

const newProvider = (): ReturnType<Framework['getProvider']> => ({
  getStage: () => 'local',
  getRegion: () => 'us-east-1',
  getAwsSdkV3Config: async () => ({
    credentials: async () => aws.directory.administrator('222222222222'),
  }),
});

/** Loads the plugin for a deployment that was started for a local AWS. */
async function load(
  instance: string | undefined,
  plugins: LoadedPlugins = [],
  provider = newProvider(),
  profile?: string,
): Promise<readonly string[]> {
  const notices: string[] = [];
  process.env[ROOT_VARIABLE] = root;
  if (instance !== undefined) process.env[INSTANCE_VARIABLE] = instance;
  class FrameworkError extends Error {}
  const framework = {
    serviceDir: root,
    processedInput: { commands: ['deploy'] },
    classes: { Error: FrameworkError },
    pluginManager: { plugins },
    service: { provider: profile === undefined ? {} : { profile } },
    getProvider: () => provider,
  };
  await new LocalStagePlugin(framework, {}, { log: { notice: (text) => notices.push(text) } }).asyncInit();
  return notices;
}

test('a deployment that a killed local AWS has left does not go on in the next one', async () => {
  await expect(load('00000000-0000-4000-8000-000000000000')).rejects.toThrow(
    'This deployment was started for another local AWS (00000000-0000-4000-8000-000000000000), which has ended. Deploy again',
  );
});

test('a deployment for this local AWS, and one for none in particular, go on', async () => {
  await load(aws.instance.instanceId);
  delete process.env[INSTANCE_VARIABLE];
  await load(undefined);
});

test('a deployment to an account without which local AWS was started says that it must be started again', async () => {
  await expect(load(undefined, [], newProvider(), 'local-555555555555')).rejects.toThrow(
    'Local AWS was started without account 555555555555. End it, and start it again: npm start',
  );
  expect(await load(undefined, [], newProvider(), 'of-my-company')).toEqual([
    'Local AWS has no profile "of-my-company", only local-api (account 111111111111), local-caller (account 222222222222). Stage "local" acts as local-caller.',
  ]);
});

test('after a deployment, resources that have no effect here and accounts that do not exist here are named, because the framework prints no reasons', async () => {
  const credentials = aws.directory.administrator('222222222222');
  const client = new CloudFormationClient({ endpoint: aws.url, region: 'us-east-1', credentials });
  const deployed = async (StackName: string, Type: string, Properties: object = {}) => {
    const TemplateBody = JSON.stringify({ Resources: { Orders: { Type, Properties } } });
    const Capabilities: ['CAPABILITY_IAM'] = ['CAPABILITY_IAM'];
    const { StackId } = await client.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities }));
    await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });
    return { StackId };
  };
  const plugin: LoadedPlugins[number] = { monitorStack: async () => 'CREATE_COMPLETE' };
  const notices = await load(undefined, [plugin]);
  expect(await plugin.monitorStack?.('create', await deployed('queue', 'AWS::SQS::Queue'))).toBe(
    'CREATE_COMPLETE',
  );
  expect(notices).toEqual(['These resources have no effect in local AWS: AWS::SQS::Queue (Orders).']);
  await plugin.monitorStack?.('create', await deployed('bucket', 'AWS::S3::Bucket'));
  await plugin.monitorStack?.('update', 'alreadyCreated');
  await plugin.monitorStack?.('create', {
    StackId: 'arn:aws:cloudformation:us-east-1:222222222222:stack/none/1',
  });
  expect(notices).toHaveLength(1);
  const trusted = { AWS: ['arn:aws:iam::999999999999:role/export', '222222222222'] };
  const trust = { Effect: 'Allow', Principal: trusted, Action: 'sts:AssumeRole' };
  await plugin.monitorStack?.(
    'create',
    await deployed('role', 'AWS::IAM::Role', {
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trust] },
    }),
  );
  // An event `s3` of a function.
  await plugin.monitorStack?.(
    'create',
    await deployed('events', 'AWS::S3::Bucket', {
      NotificationConfiguration: {
        LambdaConfigurations: [{ Event: 's3:ObjectCreated:*', Function: 'arn:aws:lambda:a' }],
      },
    }),
  );
  client.destroy();
  expect(notices.at(-1)).toBe(
    'These properties have no effect in local AWS, or only part of it: Orders.NotificationConfiguration (nothing is notified: invoke the function with the event that it would get).',
  );
  expect(notices.slice(1, -1)).toEqual([
    'Orders trusts account 999999999999, which local AWS does not have (to add it: npm start -- --accounts 999999999999).',
  ]);
});

test('a deployment bucket may have dots in its name', async () => {
  const provider = newProvider();
  await load(undefined, [], provider);
  const config: S3ClientConfig = await provider.getAwsSdkV3Config();
  const client = new S3Client({ ...config, region: 'us-east-1' });
  const bucket = { Bucket: 'com.example.deploys' };
  await client.send(new CreateBucketCommand(bucket));
  const { BucketRegion } = await client.send(new HeadBucketCommand(bucket));
  client.destroy();
  expect(BucketRegion).toBe('us-east-1');
});
