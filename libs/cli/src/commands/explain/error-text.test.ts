import {
  CreateUserCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { realTexts } from '../../../../iam/src/explanation/refusals/real-texts.testing.ts';
import type { Link } from '../../call/link.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, createStack, sub } from '../../stage/test-pair.testing.ts';
import { type CallPair, EXTERNAL_ID, REGION, startCallPair } from './call-pair.testing.ts';
import type { CallExplanation } from './explain-call.ts';

let pair: CallPair;
let apiIam: IAMClient;
let callerIam: IAMClient;
beforeAll(async () => {
  pair = await startCallPair();
  apiIam = new IAMClient(pair.sdk(API_ACCOUNT));
  callerIam = new IAMClient(pair.sdk(CALLER_ACCOUNT));
});
afterAll(async () => {
  for (const client of [apiIam, callerIam]) client?.destroy();
  await pair?.close();
});

const nothing = {
  api: undefined,
  route: undefined,
  caller: undefined,
  role: undefined,
  'external-id': undefined,
  'caller-profile': undefined,
  'api-profile': undefined,
};
const profiles = { 'caller-profile': 'local-caller', 'api-profile': 'local-api' };
const explainText = (error: string, options = {}) => pair.explain({ ...nothing, ...options, error });
const linksOf = ({ document }: CallExplanation) => (document as { readonly links: readonly Link[] }).links;
const textOf = ({ lines }: CallExplanation) => lines.join('\n');

test.each(realTexts.texts)(
  'the text of $source is answered with what is at fault and what to do next',
  async ({ text }) => {
    const explained = await explainText(text);
    expect(textOf(explained)).not.toContain('No refusal of AWS is known');
    expect(textOf(explained)).toMatch(/^ +→ .+\.?$/m);
    expect([1, 2]).toContain(explained.exitCode);
  },
);

test.each(['Good morning', '{"ok":true}', 'segmentation fault'])(
  'the text %j, in which nothing is known, is answered with what would help, and without a guess',
  async (text) => {
    const explained = await explainText(text);
    expect(explained.exitCode).toBe(2);
    expect(textOf(explained)).toContain('Give the message itself');
    expect(textOf(explained)).not.toMatch(/proxy/i);
  },
);

test("an error without an answer is shown with AWS's own sentence, which counts as none", async () => {
  const error =
    'An error occurred (InsufficientSessionLifetime) when calling the GetSessionToken operation: x';
  const explained = await explainText(error);
  expect(explained.exitCode).toBe(2);
  expect(textOf(explained)).toMatch(
    /^No refusal of AWS is known in this text\.\n {2}AWS STS says of InsufficientSessionLifetime: ".*"\n {2}AWS's own words, .* They are no answer\.\n {2}→ Give the message itself/,
  );
  expect(explained.document).toMatchObject({
    error: { message: error, documented: [{ service: 'AWS STS', name: 'InsufficientSessionLifetime' }] },
  });
  expect(explained.document).not.toHaveProperty('error.means');
  // With the call, its chain decides.
  const walked = await pair.explain({ error });
  expect(textOf(walked)).toMatch(/says of InsufficientSessionLifetime.*\n(.*\n)+.*the chain holds/);
});

describe('of a caller that is anonymous', () => {
  const anonymous = () =>
    JSON.stringify({
      Message: `User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:${REGION}:********1111:${pair.apiId}/v1/GET/orders/7`,
    });

  test('the route is at fault, if it takes signed requests only', async () => {
    const explained = await explainText(anonymous(), { 'api-profile': 'local-api' });
    expect(explained.exitCode).toBe(1);
    expect(linksOf(explained).filter(({ state }) => state !== 'holds')).toMatchObject([
      { kind: 'invoke route', problem: expect.stringContaining('takes signed requests only (AWS_IAM)') },
    ]);
    expect(textOf(explained)).toContain('A caller without a signature calls https://');
  });

  test("the API's policy is at fault, if the route takes requests without a signature", async () => {
    const { ApiId = '' } = await createStack(pair.sdk(API_ACCOUNT), 'open', openApi());
    const error = anonymous().replace(pair.apiId, ApiId).replace('/orders/7', '/');
    const options = { 'api-profile': 'local-api' };
    const unknown = await explainText(error, options);
    expect(textOf(unknown)).toContain('--context aws:SourceIp=…');
    expect(unknown.exitCode).toBe(2);
    const outside = await explainText(error, { ...options, context: ['aws:SourceIp=198.51.100.1'] });
    expect(outside.exitCode).toBe(1);
    expect(textOf(outside)).toContain('nearest: statement Partners');
    expect(textOf(outside)).toMatch(/On the API's side, .* On the caller's side, /s);
    expect((await explainText(error, { ...options, context: ['aws:SourceIp=192.0.2.1'] })).exitCode).toBe(0);
  });
});

/** An API with a route that takes requests without a signature, from some addresses. */
function openApi(): object {
  const RestApiId = { Ref: 'Api' };
  const backend = `arn:aws:lambda:${REGION}:${API_ACCOUNT}:function:orders-backend`;
  return {
    Resources: {
      Api: {
        Type: 'AWS::ApiGateway::RestApi',
        Properties: {
          Name: 'open',
          Policy: {
            Version: '2012-10-17',
            Statement: {
              Sid: 'Partners',
              Effect: 'Allow',
              Principal: '*',
              Action: 'execute-api:Invoke',
              Resource: 'execute-api:/*',
              Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
            },
          },
        },
      },
      Method: {
        Type: 'AWS::ApiGateway::Method',
        Properties: {
          RestApiId,
          ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
          HttpMethod: 'GET',
          AuthorizationType: 'NONE',
          Integration: {
            Type: 'AWS_PROXY',
            IntegrationHttpMethod: 'POST',
            Uri: `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${backend}/invocations`,
          },
        },
      },
      Deployment: {
        Type: 'AWS::ApiGateway::Deployment',
        DependsOn: 'Method',
        Properties: { RestApiId, StageName: 'v1' },
      },
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          FunctionName: backend,
          Action: 'lambda:InvokeFunction',
          Principal: 'apigateway.amazonaws.com',
          SourceArn: sub(`arn:aws:execute-api:${REGION}:${API_ACCOUNT}:<Api>/*/*`),
        },
      },
    },
    Outputs: { ApiId: { Value: RestApiId } },
  };
}

describe('of a statement that denies, without the kind of its policy', () => {
  const denied = () =>
    `User: arn:aws:sts::${API_ACCOUNT}:assumed-role/orders-access/billing-run is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:${REGION}:********1111:${pair.apiId}/v1/GET/orders/7 with an explicit deny`;

  test('all places are named in which it can be, with the account that API Gateway masks', async () => {
    const text = textOf(await explainText(denied()));
    expect(text).toContain('A statement with Effect Deny is about the request');
    for (const place of [
      'permissions boundary',
      'session policy',
      'service control policies',
      'resource control policies',
    ])
      expect(text).toContain(place);
    expect(text).toContain(`For account ${API_ACCOUNT}: look for it in the policy of the resource`);
  });

  test('profiles find it', async () => {
    const policy = { RoleName: 'orders-access', PolicyName: 'deny' };
    const Statement = { Sid: 'Never', Effect: 'Deny', Action: 'execute-api:*', Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await apiIam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument }));
    const explained = await explainText(denied(), {
      ...profiles,
      caller: pair.callerArn,
      'external-id': EXTERNAL_ID,
    });
    await apiIam.send(new DeleteRolePolicyCommand(policy));
    expect(explained.exitCode).toBe(1);
    expect(textOf(explained)).toContain(
      'denied by statement Never of inline policy deny of role orders-access',
    );
  });
});

test("STS's short form is explained by the chain, if the options name caller and role", async () => {
  const error =
    'An error occurred (AccessDenied) when calling the AssumeRole operation: Not authorized to perform sts:AssumeRole';
  const alone = await explainText(error);
  expect(alone.exitCode).toBe(2);
  expect(textOf(alone)).toMatch(/--caller, --role/);
  const explained = await explainText(error, {
    ...profiles,
    caller: pair.callerArn,
    role: pair.roleArn,
    'external-id': 'x',
  });
  expect(explained.exitCode).toBe(1);
  expect(linksOf(explained).filter(({ state }) => state !== 'holds')).toMatchObject([
    { kind: 'assume role', remedies: [{ key: 'sts:ExternalId', value: EXTERNAL_ID }] },
  ]);
});

test('session tags that the trust policy does not allow are explained by its statement, with the one to add', async () => {
  const error = `User: arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/billing-role/billing-run is not authorized to perform: sts:TagSession on resource: ${pair.roleArn}`;
  const explained = await explainText(error, { ...profiles, context: [`sts:ExternalId=${EXTERNAL_ID}`] });
  expect(explained.exitCode).toBe(1);
  expect(textOf(explained)).toContain('Allow sts:TagSession next to sts:AssumeRole');
  expect(textOf(explained)).toContain('"Action": "sts:TagSession"');
});

test('a user is a caller', async () => {
  const UserName = 'clerk';
  const { User } = await callerIam.send(new CreateUserCommand({ UserName }));
  const caller = User?.Arn ?? '';
  const refused = await pair.explain({ caller, duration: '7200' });
  expect(refused.exitCode).toBe(1);
  expect(linksOf(refused).filter(({ state }) => state !== 'holds')).toMatchObject([
    {
      kind: 'assume role',
      title: 'user clerk assumes role orders-access',
      decision: { missing: 'identity-based policy' },
    },
    { kind: 'session length', problem: expect.stringContaining('MaxSessionDuration (3600 s)') },
  ]);
  const Statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: pair.roleArn };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await callerIam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'assume', PolicyDocument }));
  expect((await pair.explain({ caller })).exitCode).toBe(0);
  const error = `An error occurred (AccessDenied) when calling the AssumeRole operation: User: ${caller} is not authorized to perform: sts:AssumeRole on resource: ${pair.roleArn}`;
  const ofMessage = await explainText(error, { ...profiles, 'external-id': EXTERNAL_ID });
  expect(textOf(ofMessage)).toContain('Allowed now; invoke again.');
});

describe('a trust policy that admits one session of the caller', () => {
  const one = `arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/billing-role/nightly`;
  let before = '';
  beforeAll(async () => {
    const { Role } = await apiIam.send(new GetRoleCommand({ RoleName: 'orders-access' }));
    before = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
    const Statement = {
      Sid: 'OneSession',
      Effect: 'Allow',
      Principal: { AWS: one },
      Action: 'sts:AssumeRole',
    };
    await setTrust(JSON.stringify({ Version: '2012-10-17', Statement }));
  });
  afterAll(() => setTrust(before));
  const setTrust = (PolicyDocument: string) =>
    apiIam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'orders-access', PolicyDocument }));
  const notHolding = (explained: CallExplanation) =>
    linksOf(explained).filter(({ state }) => state !== 'holds');

  test('is not widened to the whole role', async () => {
    const explained = await pair.explain();
    expect(notHolding(explained)).toMatchObject([
      {
        kind: 'assume role',
        remedies: [
          {
            statement: {
              Principal: { AWS: `arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/billing-role/billing-run` },
            },
          },
        ],
      },
    ]);
    expect(JSON.stringify(notHolding(explained)[0]?.remedies)).not.toContain(':root');
  });

  test('cannot be judged for a role whose session is not known, and can for the session', async () => {
    const unknown = await pair.explain({ caller: pair.callerRoleArn });
    expect(notHolding(unknown)).toMatchObject([
      { state: 'unread', problem: expect.stringContaining('(nightly)') },
    ]);
    expect(unknown.exitCode).toBe(2);
    expect((await pair.explain({ caller: one })).exitCode).toBe(0);
  });
});

describe('a trust policy that names a principal which was deleted', () => {
  const RoleName = 'orders-access';
  let before = '';
  const setTrust = (PolicyDocument: string) =>
    apiIam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  const trustNow = async () =>
    decodeURIComponent(
      (await apiIam.send(new GetRoleCommand({ RoleName }))).Role?.AssumeRolePolicyDocument ?? '',
    );
  afterEach(() => setTrust(before));

  test('gets a statement, and the deleted ID is removed in the same step, without which IAM refuses it', async () => {
    before = await trustNow();
    const UserName = 'leaver';
    const { User } = await callerIam.send(new CreateUserCommand({ UserName }));
    const Statement = { Effect: 'Allow', Principal: { AWS: User?.Arn }, Action: 'sts:AssumeRole' };
    await setTrust(JSON.stringify({ Version: '2012-10-17', Statement: [Statement] }));
    await callerIam.send(new DeleteUserCommand({ UserName }));

    const explained = await pair.explain();
    expect(explained.exitCode).toBe(1);
    const id = User?.UserId ?? '';
    expect(textOf(explained)).toContain(`remove in the same step ${id}, a role or user that was deleted`);
    const [remedy] = linksOf(explained).flatMap(({ remedies }) => remedies);
    expect(remedy).toMatchObject({ deletedPrincipals: [id] });
    const added = remedy?.change === 'add statement' ? remedy.statement : {};

    const document = JSON.parse(await trustNow()) as { Statement: object[] };
    const longer = JSON.stringify({ ...document, Statement: [...document.Statement, added] });
    await expect(setTrust(longer)).rejects.toThrow('Invalid principal in policy');
    await setTrust(JSON.stringify({ ...document, Statement: [added] }));
    expect((await pair.explain()).exitCode).toBe(0);
  });
});

describe('an unexpected error of AWS', () => {
  const fail = (service: string, operation: string) =>
    pair.aws.faults.set({
      rules: [
        {
          name: 'fails',
          match: { service, operation },
          effect: { type: 'error', status: 400, code: 'Broken', message: 'No.' },
        },
      ],
    });
  afterEach(() => pair.aws.faults.clear());

  test('leaves the links open that need what was not read, with the operation, and the rest is judged', async () => {
    fail('lambda', 'GetPolicy');
    const explained = await pair.explain();
    expect(linksOf(explained).filter(({ state }) => state !== 'holds')).toMatchObject([
      {
        kind: 'invoke function',
        state: 'unread',
        unread: [{ accountId: API_ACCOUNT, failure: 'GetPolicy: Broken: No.' }],
      },
    ]);
    expect(textOf(explained)).toContain('cannot be read: GetPolicy: Broken: No.');
    expect(explained.exitCode).toBe(2);
    expect((await pair.explain({ 'external-id': 'x' })).exitCode).toBe(1);
  });

  test('of the optional read of the organization leaves the chain as it is, and is noted', async () => {
    fail('organizations', '*');
    const explained = await pair.explain();
    expect(linksOf(explained).filter(({ state }) => state === 'breaks')).toEqual([]);
    expect(textOf(explained).match(/service and resource control policies/g)).toHaveLength(1);
    expect([0, 2]).toContain(explained.exitCode);
  });
});

test('a function with a qualifier is named by its name', async () => {
  const explained = await pair.explain({ caller: `${pair.callerArn}:live` });
  expect(textOf(explained)).toContain(`billing-run of ${CALLER_ACCOUNT} calls`);
  expect(textOf(explained)).not.toContain('live of');
});
