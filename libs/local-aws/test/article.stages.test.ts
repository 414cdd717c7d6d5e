import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { explainEvent, isRefused } from '../src/explain/refusal.ts';
import { recordOf } from '../src/trace/record.ts';
import {
  API_ROLE,
  articlePython,
  CALLER_ROLE,
  deployArticle,
  deployableTemplate,
  deployPart,
  uploadCode,
} from './article/article.testing.ts';
import { A, B, type Running, startRunning } from './running.testing.ts';

/*
 * The article's stack, as it is: two services of AWS SAM with functions in Python. One has an API that invokes its function with the
 * caller's credentials, as SAM generates it for the authorizer AWS_IAM.
 */

const ifPython = articlePython === undefined ? test.skip : test;

let running: Running;
let lambda: LambdaClient;
beforeAll(async () => {
  if (articlePython === undefined) return;
  process.env.LOCAL_AWS_PYTHON = articlePython;
  running = await startRunning();
  lambda = new LambdaClient(running.sdk(B));
  await deployArticle(running.sdk, deployableTemplate);
});
afterAll(async () => {
  lambda?.destroy();
  await running?.close();
  expect(running?.defects ?? []).toEqual([]);
});

async function callApi(): Promise<unknown> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'caller' }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

ifPython(
  'A function calls an API of another account, and the API invokes its function with the caller’s credentials.',
  async () => {
    expect(await callApi()).toEqual({
      status: 200,
      body: `{"received": {"foo": "bar"}, "caller": "arn:aws:sts::${A}:assumed-role/${API_ROLE}/session"}`,
    });
    expect(invocations()).toEqual([`arn:aws:sts::${A}:assumed-role/${API_ROLE}/session`]);
  },
);

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

const session = `arn:aws:sts::${A}:assumed-role/${API_ROLE}/session`;
const allow = (Action: string) => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action, Resource: '*' },
});

/** Each defect: the change, the result of the function, and the beginning of the explanation. */
ifPython.each<readonly [name: string, change: () => void, got: object, reason: string]>([
  [
    "the caller's role may not assume the API's role",
    () => running.aws.directory.roles.deletePolicy(B, CALLER_ROLE, 'AssumeRole'),
    { errorType: 'ClientError' },
    `arn:aws:sts::${B}:assumed-role/${CALLER_ROLE}/caller may not perform sts:AssumeRole on arn:aws:iam::${A}:role/${API_ROLE}: no identity-based policy allows it`,
  ],
  [
    'the role trusts another principal',
    () =>
      running.aws.directory.roles.updateTrustPolicy(A, API_ROLE, {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
      }),
    { errorType: 'ClientError' },
    `arn:aws:sts::${B}:assumed-role/${CALLER_ROLE}/caller may not perform sts:AssumeRole on arn:aws:iam::${A}:role/${API_ROLE}: no role trust policy allows it`,
  ],
  [
    'the role may not call the API',
    () => running.aws.directory.roles.putPolicy(A, API_ROLE, 'Invoke', allow('lambda:InvokeFunction')),
    { status: 403 },
    `${session} may not perform execute-api:Invoke on `,
  ],
  [
    'the role may call the API, but not invoke its function',
    () => running.aws.directory.roles.putPolicy(A, API_ROLE, 'Invoke', allow('execute-api:Invoke')),
    { status: 500 },
    `${session} may not perform lambda:InvokeFunction on arn:aws:lambda:us-east-1:${A}:function:api-GreetFunction-`,
  ],
])('If %s, the explanation says so.', async (_name, change, got, reason) => {
  const { roles } = running.aws.directory;
  const trust = roles.trustPolicy(roles.get(A, API_ROLE)).document;
  const held = [
    { accountId: A, role: API_ROLE, policy: 'Invoke' },
    { accountId: B, role: CALLER_ROLE, policy: 'AssumeRole' },
  ].map((one) => ({
    ...one,
    was: roles.get(one.accountId, one.role).inlinePolicies.get(one.policy)?.document,
  }));
  change();
  try {
    expect(await callApi()).toMatchObject(got);
    expect(explained()).toContain(reason);
  } finally {
    roles.updateTrustPolicy(A, API_ROLE, trust);
    for (const { accountId, role, policy, was = {} } of held) roles.putPolicy(accountId, role, policy, was);
  }
  expect(await callApi()).toMatchObject({ status: 200 });
});

ifPython(
  'The account of the API refuses the other order: the role that it trusts must exist first.',
  async () => {
    const fresh = await startRunning();
    try {
      await uploadCode(fresh.sdk(A), 'api');
      await expect(deployPart(fresh.sdk(A), 'api', { CallerAccountId: B })).rejects.toThrow(
        `Invalid principal in policy: "AWS":"arn:aws:iam::${B}:role/${CALLER_ROLE}"`,
      );
    } finally {
      await fresh.close();
    }
  },
);
