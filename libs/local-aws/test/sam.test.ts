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
 * Two services of AWS SAM: an API that invokes its function with the caller's credentials, as SAM generates it for the authorizer
 * AWS_IAM, and a function of another account that assumes a role of the API's account. aws-sam-translator 1.110.0 expanded the
 * templates `sam/*.sam.yml` to `sam/*.json`.
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
  // The roles of the two accounts name each other, so the caller's stack is deployed twice.
  await deploy(B, 'caller', { IamRoleArn: iamRoleArn });
  const { ApiUrl = '' } = await deploy(A, 'api', { CallerRoleArn: callerRoleArn });
  await deploy(B, 'caller', { IamRoleArn: iamRoleArn, ApiUrl });
});
afterAll(async () => {
  lambda?.destroy();
  await running?.close();
  expect(running.defects).toEqual([]);
});

/** Uploads a function's code to the same place as `sam package`. */
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

/** Creates or updates a stack. @returns its outputs */
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

test('A function calls an API of another account, and the API invokes its function with the caller’s credentials.', async () => {
  expect(await callApi()).toEqual({
    status: 200,
    body: JSON.stringify({
      received: { foo: 'bar' },
      caller: `arn:aws:sts::${A}:assumed-role/${apiRole}/session`,
    }),
  });
  expect(invocations()).toEqual([`arn:aws:sts::${A}:assumed-role/${apiRole}/session`]);
});

/** The principals that invoked functions in the latest call of the API. */
function invocations(): readonly string[] {
  const event = running.aws.trace.events().findLast(({ service }) => service === 'execute-api');
  return (event?.decisions ?? [])
    .filter(({ action }) => action === 'lambda:InvokeFunction')
    .map(({ principalArn }) => principalArn);
}

/** The reason that `local-aws explain` gives for the latest refusal. */
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

/** Each defect: the change, the result of the function, and the beginning of the explanation. */
test.each<readonly [name: string, change: () => void, got: object, reason: string]>([
  [
    "the caller's role may not assume the API's role",
    () => running.aws.directory.roles.deletePolicy(B, callerRole, 'AssumeRole'),
    { errorType: 'AccessDenied' },
    `arn:aws:sts::${B}:assumed-role/${callerRole}/caller may not perform sts:AssumeRole on arn:aws:iam::${A}:role/${apiRole}: no identity-based policy allows it`,
  ],
  [
    'the role trusts another principal',
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
    'the role may call the API, but not invoke its function',
    () => running.aws.directory.roles.putPolicy(A, apiRole, 'Invoke', allow('execute-api:Invoke')),
    { status: 500 },
    `${session} may not perform lambda:InvokeFunction on arn:aws:lambda:us-east-1:${A}:function:api-GreetFunction-`,
  ],
])('If %s, the explanation says so.', async (_name, change, got, reason) => {
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
