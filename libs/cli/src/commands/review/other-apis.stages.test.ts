import { execFile, spawnSync } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import type { Unread } from '../../aws/find.ts';
import { pairProject } from '../../project/pair.testing.ts';
import { runInProcess } from '../../run-in-process.testing.ts';
import {
  API_ACCOUNT,
  CALLER_ACCOUNT,
  createStack,
  lambda,
  role,
  startTestPair,
  sub,
  type TestPair,
  trust,
} from '../../stage/test-pair.testing.ts';
import type { UnusedAcceptance } from './acceptance.ts';
import type { Finding } from './finding.ts';

/* An HTTP API with IAM authorization, a REST API with a policy and an open route, and profiles that may not read everything. */

const INVOKE_ROLE = `arn:aws:iam::${API_ACCOUNT}:role/depot-local-invoke`;
const CALLER = `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:shop-local`;
const READERS = { nothing: ['s3:GetObject'], api: ['apigateway:GET'], roles: ['iam:Get*', 'iam:List*'] };

const hasAwsCli = spawnSync('aws', ['--version']).status === 0;
if (!hasAwsCli) console.warn('The AWS CLI is missing: the commands of the review were NOT typed.');

let pair: TestPair;
let restUrl: string;
beforeAll(async () => {
  pair = await startTestPair({ http: true });
  restUrl = (await createStack(pair.sdk(API_ACCOUNT), 'legacy', restTemplate())).Url ?? '';
  for (const [user, actions] of Object.entries(READERS)) await makeReader(user, actions);
});
afterAll(() => pair?.close());

/** Makes a user of the API's account, and its profile. */
async function makeReader(UserName: string, Action: readonly string[]): Promise<void> {
  const iam = new IAMClient(pair.sdk(API_ACCOUNT));
  const Statement = [{ Effect: 'Allow', Action, Resource: '*' }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'read', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  iam.destroy();
  const { config, credentials } = files();
  const settings = /(?<=\[profile local-api\])[^[]*/.exec(await readFile(config, 'utf8'))?.[0];
  await appendFile(config, `\n[profile ${UserName}]${settings}`);
  await appendFile(
    credentials,
    `\n[${UserName}]\naws_access_key_id = ${AccessKey?.AccessKeyId}\naws_secret_access_key = ${AccessKey?.SecretAccessKey}\n`,
  );
}

const files = () => ({
  config: join(pair.root, '.local-aws/config'),
  credentials: join(pair.root, '.local-aws/credentials'),
});

async function review(apiProfile: string, ...options: readonly string[]) {
  const { config, credentials } = files();
  const profiles = ['--caller-profile', 'local-caller', '--api-profile', apiProfile];
  const { stdout, stderr, exitCode } = await runInProcess(
    ['review', ...profiles, '--strict', '--json', ...options],
    pairProject,
    { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials },
  );
  const {
    findings = [],
    unread = [],
    unused = [],
  }: { findings?: Finding[]; unread?: Unread[]; unused?: UnusedAcceptance[] } = stdout === ''
    ? {}
    : JSON.parse(stdout);
  return {
    unused,
    ids: findings.map(({ id }) => id),
    stderr,
    exitCode,
    unread: unread.map(({ permission }) => permission),
    commands: findings.flatMap(({ change }) => change.command ?? []),
    findings: findings.map(({ severity, code, where }) => `${severity} ${code}: ${where}`),
  };
}
const ofHttpApi = () => ['--api', pair.apiUrl, '--caller', CALLER, '--role', INVOKE_ROLE];

/** A REST API as many have it: a managed policy for all APIs, a trust in whole accounts, a health check, a permission for API Gateway. */
function restTemplate(): object {
  const restApi = { Ref: 'Api' };
  const method = (HttpMethod: string, AuthorizationType: string) => ({
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      ...{ RestApiId: restApi, HttpMethod, AuthorizationType },
      ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
      Integration: {
        ...{ Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST' },
        Uri: sub(
          'arn:aws:apigateway:<AWS::Region>:lambda:path/2015-03-31/functions/<Function.Arn>/invocations',
        ),
      },
    },
  });
  const accounts = [CALLER_ACCOUNT, '333333333333'].map((id) => `arn:aws:iam::${id}:root`);
  const condition = { StringEquals: { 'sts:ExternalId': 'an-id' } };
  return {
    Resources: {
      Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'legacy' } },
      Post: method('POST', 'AWS_IAM'),
      Health: method('GET', 'NONE'),
      Deployment: {
        ...{ Type: 'AWS::ApiGateway::Deployment', DependsOn: ['Post', 'Health'] },
        Properties: { RestApiId: restApi, StageName: 'v1' },
      },
      FunctionRole: role('legacy-function', trust({ Service: 'lambda.amazonaws.com' })),
      Function: lambda('legacy', 'FunctionRole', {}),
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          ...{ Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' },
          FunctionName: { Ref: 'Function' },
        },
      },
      Url: {
        Type: 'AWS::Lambda::Url',
        Properties: { AuthType: 'NONE', TargetFunctionArn: { 'Fn::GetAtt': ['Function', 'Arn'] } },
      },
      UrlPermission: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          ...{ Action: 'lambda:InvokeFunctionUrl', Principal: '*', FunctionUrlAuthType: 'NONE' },
          FunctionName: { Ref: 'Function' },
        },
      },
      UrlInvokePermission: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          ...{ Action: 'lambda:InvokeFunction', Principal: '*', InvokedViaFunctionUrl: true },
          FunctionName: { Ref: 'Function' },
        },
      },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: 'legacy-invoke',
          AssumeRolePolicyDocument: trust({ AWS: accounts }, condition),
          ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess'],
        },
      },
    },
    Outputs: { Url: { Value: sub('https://<Api>.execute-api.<AWS::Region>.amazonaws.com/v1') } },
  };
}

test('The review of an HTTP API names what its role does not need, and the settings of its stage.', async () => {
  const { stderr, exitCode, findings, unread } = await review('local-api', ...ofHttpApi());
  expect([stderr, exitCode, unread]).toEqual(['', 1, []]);
  expect(findings).toEqual([
    'medium unneeded-permissions: statement #1 of managed policy arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole of role depot-local-invoke',
    expect.stringMatching(
      /^medium no-throttling: no limit for any route of stage \$default of API depot-local /,
    ),
    expect.stringMatching(/^low no-access-log: no access log of stage \$default of API depot-local /),
  ]);
});

test('The review of a REST API names a managed policy, whole accounts, an open route and an open function.', async () => {
  const role = INVOKE_ROLE.replace('depot-local', 'legacy');
  const { findings } = await review('local-api', '--api', restUrl, '--caller', CALLER, '--role', role);
  expect(findings).toEqual([
    'high permissions-on-everything: statement #1 of managed policy arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess of role legacy-invoke',
    expect.stringMatching(/^high open-function: statement \S+ of resource policy of function legacy$/),
    expect.stringMatching(/^high public-function-url: statement \S+ of resource policy of function legacy$/),
    expect.stringMatching(/^high public-function-url: statement \S+ of resource policy of function legacy$/),
    expect.stringMatching(/^high open-route: authorization NONE of GET \/ of API legacy /),
    'medium whole-account: statement #1 of trust policy of role legacy-invoke',
    'medium whole-account: statement #1 of trust policy of role legacy-invoke',
    expect.stringMatching(/^medium no-throttling: /),
    expect.stringMatching(/^low no-access-log: /),
  ]);
});

test('A review with a profile that may read the API alone names the permissions that are missing.', async () => {
  const { exitCode, findings, unread } = await review('api', ...ofHttpApi());
  expect(exitCode).toBe(1);
  expect(findings).toHaveLength(2);
  expect(unread).toEqual([
    `iam:GetRole on ${INVOKE_ROLE}`,
    `lambda:GetPolicy on arn:aws:lambda:us-east-1:${API_ACCOUNT}:function:depot-local-parcels`,
  ]);
});

test('A review without a finding ends with exit code 3 if something could not be read.', async () => {
  expect(await review('roles', ...ofHttpApi())).toMatchObject({
    ...{ exitCode: 3, findings: [], stderr: '' },
    unread: [expect.stringMatching(/^apigateway:GET on /)],
  });
});

test.each([
  [
    'a route that the API does not have',
    ['--route', 'GET /nope'],
    '--route "GET /nope": the API has no such route. It has POST /parcels, GET /parcels/{id}, GET /sender.\n',
  ],
  ['a caller that does not exist', ['--caller', `${CALLER}-2`], `There is no function ${CALLER}-2.\n`],
  [
    'a role with another path',
    ['--role', INVOKE_ROLE.replace('role/', 'role/team/')],
    `There is no role ${INVOKE_ROLE.replace('role/', 'role/team/')}. The role of this name is ${INVOKE_ROLE}.\n`,
  ],
  [
    'nobody as the caller',
    ['--caller', 'anonymous'],
    '--caller anonymous: must be the function, role or user that calls. The review finds open routes in any case.\n',
  ],
])('The review refuses %s, and names it.', async (_what, options, message) => {
  expect(await review('local-api', ...ofHttpApi(), ...options)).toMatchObject({
    exitCode: 2,
    findings: [],
    stderr: message,
  });
});

test('A finding is accepted by its ID, and code scanning gets all of them.', async () => {
  const files = { accept: join(pair.root, 'accepted.json'), sarif: join(pair.root, 'review.sarif') };
  const run = (...options: readonly string[]) => review('local-api', ...ofHttpApi(), ...options);
  const { ids } = await run();
  const accepted = ids.map((id) => ({ id, reason: 'a test pair', until: '2999-12-31' }));
  const gone = { id: 'open-route-000000000000', reason: 'it was removed', until: '2999-12-31' };
  await writeFile(files.accept, JSON.stringify([...accepted, gone]));
  const sarif = ['--sarif', files.sarif, '--source', 'template.yaml'];
  expect(await run('--accept', files.accept, ...sarif)).toMatchObject({
    ...{ exitCode: 0, stderr: '', findings: [] },
    unused: [{ id: gone.id, why: 'gone' }],
  });
  const { runs } = JSON.parse(await readFile(files.sarif, 'utf8'));
  expect(runs[0].results).toHaveLength(ids.length);
  expect(JSON.stringify(runs[0].results[0])).toContain('template.yaml');

  await writeFile(files.accept, JSON.stringify(accepted.slice(1)));
  expect(await run('--accept', files.accept)).toMatchObject({ exitCode: 1, ids: ids.slice(0, 1) });
});

test.each([
  ['a log without a file of the repository', ['--sarif', '/tmp/x.sarif'], /^--sarif: give --source, too/],
  ['a file of the repository without a log', ['--source', 'template.yaml'], /^--source is about --sarif/],
  [
    'a log in a folder that does not exist',
    ['--sarif', '/nowhere/x', '--source', 'a'],
    /^--sarif \/nowhere\/x: /,
  ],
  [
    'a file of acceptances that does not exist',
    ['--accept', '/nowhere/x'],
    /^--accept \/nowhere\/x: there is no/,
  ],
])('The review refuses %s.', async (_what, options, message) => {
  expect(await review('local-api', ...ofHttpApi(), ...options)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(message),
  });
});

test('A session is reviewed as its role, whose path the ARN of the session lacks.', async () => {
  const iam = new IAMClient(pair.sdk(CALLER_ACCOUNT));
  const Path = '/company/sso/';
  const RoleName = 'AWSReservedSSO_Developer_0123456789abcdef';
  const Statement = [
    { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ];
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new CreateRoleCommand({ Path, RoleName, AssumeRolePolicyDocument }));
  iam.destroy();
  const session = `arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/${RoleName}/jane@example.com`;
  const { stderr, exitCode, findings } = await review('local-api', ...ofHttpApi(), '--caller', session);
  expect([stderr, exitCode]).toEqual(['', 1]);
  // The role trusts the function of the test pair, and not this session.
  expect(findings).toContainEqual(
    expect.stringMatching(/^low unneeded-trust: statement #1 of trust policy of role /),
  );
});

test('A review that can read nothing says so, with what is missing.', async () => {
  const { config, credentials } = files();
  const run = await runInProcess(['review', '--api-profile', 'nothing', ...ofHttpApi()], pairProject, {
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
  });
  expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  expect(run.stderr).toMatch(
    /^Nothing could be read, so nothing was reviewed\. Missing:\n {2}apigateway:GET on .+\n/,
  );
  expect(run.stderr).toContain(`\n  iam:GetRole on ${INVOKE_ROLE}\n`);
});

// It changes what the tests before it review.
(hasAwsCli ? test : test.skip)(
  'The commands that the review of an API prints are those of the AWS CLI, and end their findings.',
  async () => {
    const logs = new CloudWatchLogsClient(pair.sdk(API_ACCOUNT));
    for (const logGroupName of ['/aws/api-gateway/depot-local', '/aws/api-gateway/legacy']) {
      await logs.send(new CreateLogGroupCommand({ logGroupName }));
    }
    logs.destroy();
    const legacy = [
      '--api',
      restUrl,
      '--caller',
      CALLER,
      '--role',
      INVOKE_ROLE.replace('depot-local', 'legacy'),
    ];
    for (const call of [ofHttpApi(), legacy]) {
      const before = await review('local-api', ...call);
      expect(before.commands.length).toBeGreaterThan(1);
      const { config, credentials } = files();
      await promisify(execFile)('sh', ['-ec', before.commands.join('\n')], {
        env: {
          ...process.env,
          ...{ AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_PROFILE: 'local-api' },
        },
      });
      const after = await review('local-api', ...call);
      expect(after.commands).toEqual([]);
      expect(after.findings.length).toBe(before.findings.length - before.commands.length);
    }
  },
);
