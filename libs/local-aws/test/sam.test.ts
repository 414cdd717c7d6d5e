import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  type Parameter,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { build } from 'esbuild';
import { explainEvent, isRefused } from '../src/explain/refusal.ts';
import { storedZip } from '../src/services/lambda/code/stored-zip.ts';
import { recordOf } from '../src/trace/record.ts';
import { A, B, type Running, startRunning } from './running.testing.ts';

/*
 * Two services of AWS SAM: an API whose methods run with the credentials of their caller, as SAM makes them for the authorizer
 * AWS_IAM, and a function of another account that assumes the role which the API's account has for it. `sam/*.json` are the
 * templates `sam/*.sam.yml` as aws-sam-translator 1.110.0 expands them.
 */

jest.setTimeout(120_000);

const folder = join(__dirname, 'sam');
const apiRole = 'ApiGatewayInvokeRole';
const callerRole = 'FromLambdaRole';

let running: Running;
let lambda: LambdaClient;
beforeAll(async () => {
  running = await startRunning();
  lambda = new LambdaClient(running.sdk(B));
  await Promise.all([upload(A, 'sam-artifacts', 'greet'), upload(B, 'sam-artifacts-caller', 'caller')]);
  const iamRoleArn = `arn:aws:iam::${A}:role/${apiRole}`;
  const callerRoleArn = `arn:aws:iam::${B}:role/${callerRole}`;
  // The role of each account names the other one: the caller's is deployed twice.
  await deploy(B, 'caller', { IamRoleArn: iamRoleArn });
  const { ApiUrl = '' } = await deploy(A, 'api', { CallerRoleArn: callerRoleArn });
  await deploy(B, 'caller', { IamRoleArn: iamRoleArn, ApiUrl });
});
afterAll(async () => {
  lambda?.destroy();
  await running?.close();
  expect(running.defects).toEqual([]);
});

/** Puts a function's code where `sam package` puts it. */
async function upload(accountId: string, Bucket: string, name: string): Promise<void> {
  const s3 = new S3Client({ ...running.sdk(accountId), forcePathStyle: true });
  const { outputFiles: [code] = [] } = await build({
    entryPoints: [join(folder, `${name}.testing.ts`)],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    logLevel: 'silent',
  });
  await s3.send(new CreateBucketCommand({ Bucket }));
  const Body = storedZip({ 'index.js': code?.text ?? '' });
  await s3.send(new PutObjectCommand({ Bucket, Key: `${name}.zip`, Body }));
  s3.destroy();
}

/** Creates a stack, or updates it. @returns its outputs */
async function deploy(
  accountId: string,
  StackName: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const client = new CloudFormationClient(running.sdk(accountId));
  const request = {
    StackName,
    TemplateBody: await readFile(join(folder, `${StackName}.json`), 'utf8'),
    Capabilities: ['CAPABILITY_NAMED_IAM' as const],
    Parameters: Object.entries(parameters).map(
      ([ParameterKey, ParameterValue]): Parameter => ({ ParameterKey, ParameterValue }),
    ),
  };
  const waiting = { client, maxWaitTime: 30, minDelay: 0.1, maxDelay: 1 };
  const exists = await client.send(new DescribeStacksCommand({ StackName })).catch(() => undefined);
  if (exists === undefined) {
    await client.send(new CreateStackCommand(request));
    await waitUntilStackCreateComplete(waiting, { StackName });
  } else {
    await client.send(new UpdateStackCommand(request));
    await waitUntilStackUpdateComplete(waiting, { StackName });
  }
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  client.destroy();
  return Object.fromEntries(
    (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}

async function callApi(): Promise<unknown> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'caller' }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

test('The function of one account calls the API of the other, which runs with the credentials of the role.', async () => {
  expect(await callApi()).toEqual({
    status: 200,
    body: JSON.stringify({
      received: { foo: 'bar' },
      caller: `arn:aws:sts::${A}:assumed-role/${apiRole}/session`,
    }),
  });
  expect(invocations()).toEqual([`arn:aws:sts::${A}:assumed-role/${apiRole}/session`]);
});

/** As whom API Gateway invoked functions for the latest call. */
function invocations(): readonly string[] {
  const event = running.aws.trace.events().findLast(({ service }) => service === 'execute-api');
  return (event?.decisions ?? [])
    .filter(({ action }) => action === 'lambda:InvokeFunction')
    .map(({ principalArn }) => principalArn);
}

/** What `local-aws explain` says of the latest request that was refused. */
function explained(): string {
  const records = running.aws.trace.events().map(recordOf);
  const refused = records.findLast(isRefused);
  return refused === undefined ? 'nothing was refused' : explainEvent(refused).reason;
}

const session = `arn:aws:sts::${A}:assumed-role/${apiRole}/session`;
const allow = (Action: string) => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action, Resource: '*' },
});

/** Each break: what it changes, what the function gets, and the beginning of the explanation. */
test.each<readonly [name: string, change: () => void, got: object, reason: string]>([
  [
    "the caller's role may not assume the other one",
    () => running.aws.directory.roles.deletePolicy(B, callerRole, 'AssumeRole'),
    { errorType: 'AccessDenied' },
    `arn:aws:sts::${B}:assumed-role/${callerRole}/caller may not perform sts:AssumeRole on arn:aws:iam::${A}:role/${apiRole}: no identity-based policy allows it`,
  ],
  [
    'the role trusts somebody else',
    () =>
      running.aws.directory.roles.updateTrustPolicy(A, apiRole, {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
      }),
    { errorType: 'AccessDenied' },
    `arn:aws:sts::${B}:assumed-role/${callerRole}/caller may not perform sts:AssumeRole on arn:aws:iam::${A}:role/${apiRole}: no role trust policy allows it`,
  ],
  [
    'the role may not call the API',
    () => running.aws.directory.roles.putPolicy(A, apiRole, 'Invoke', allow('lambda:InvokeFunction')),
    { status: 403 },
    `${session} may not perform execute-api:Invoke on `,
  ],
  [
    'the role, with whose credentials the function runs, may not invoke it',
    () => running.aws.directory.roles.putPolicy(A, apiRole, 'Invoke', allow('execute-api:Invoke')),
    { status: 500 },
    `${session} may not perform lambda:InvokeFunction on arn:aws:lambda:us-east-1:${A}:function:api-GreetFunction-`,
  ],
])('%s: the explanation says so.', async (_name, change, got, reason) => {
  const { roles } = running.aws.directory;
  const trust = roles.trustPolicy(roles.get(A, apiRole)).document;
  const held = [
    { accountId: A, role: apiRole, policy: 'Invoke' },
    { accountId: B, role: callerRole, policy: 'AssumeRole' },
  ].map((one) => ({
    ...one,
    was: roles.get(one.accountId, one.role).inlinePolicies.get(one.policy)?.document,
  }));
  change();
  try {
    expect(await callApi()).toMatchObject(got);
    expect(explained()).toContain(reason);
  } finally {
    roles.updateTrustPolicy(A, apiRole, trust);
    for (const { accountId, role, policy, was = {} } of held) roles.putPolicy(accountId, role, policy, was);
  }
  expect(await callApi()).toMatchObject({ status: 200 });
});
