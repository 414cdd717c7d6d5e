import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type LocalAws, startLocalAws } from '@cross-account-api/local-aws';
import { type Run, runInProcess } from '../../run-in-process.testing.ts';

// A pair that does not come from a project of this repository.
const API_ACCOUNT = '111111111111';
const CALLER_ACCOUNT = '222222222222';
const CALLER = `arn:aws:iam::${CALLER_ACCOUNT}:role/team/billing`;
const ROLE = `arn:aws:iam::${API_ACCOUNT}:role/shop-callers`;

const trustedCertificates = getCACertificates();
let root: string;
let aws: LocalAws;
let apiUrl: string;
const clients: { destroy(): void }[] = [];

const sdk = (accountId: string) => {
  const { accessKeyId, secretAccessKey } = aws.directory.administrator(accountId);
  return { endpoint: aws.url, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } };
};
const use = <Client extends { destroy(): void }>(client: Client): Client => {
  clients.push(client);
  return client;
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'verify-call-'));
  aws = await startLocalAws({ root, port: 0 });
  // Node reads NODE_EXTRA_CA_CERTS only when it starts.
  const ca = await readFile(aws.environment().NODE_EXTRA_CA_CERTS ?? '', 'utf8');
  setDefaultCACertificates([...trustedCertificates, ca]);
  await createStack(CALLER_ACCOUNT, 'billing', {
    Role: role('billing', '/team/', trust({ AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` }), {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: ROLE,
    }),
    // Its name begins like that of the caller.
    Namesake: role('billing-2', '/team/', trust({ AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` }), {
      Effect: 'Allow',
      Action: '*',
      Resource: '*',
    }),
  });
  const outputs = await createStack(API_ACCOUNT, 'shop', shop(), { ApiId: { Value: { Ref: 'Api' } } });
  apiUrl = `https://${outputs.ApiId}.execute-api.us-east-1.amazonaws.com/live`;
  const sts = use(new STSClient(sdk(CALLER_ACCOUNT)));
  const sessionOf = async (RoleArn: string) => {
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'developer' }));
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = Credentials ?? {};
    return { accessKeyId, secretAccessKey, sessionToken: Credentials?.SessionToken };
  };
  const keys = Object.entries({
    api: aws.directory.administrator(API_ACCOUNT),
    team: aws.directory.administrator(CALLER_ACCOUNT),
    billing: await sessionOf(CALLER),
    namesake: await sessionOf(`${CALLER}-2`),
  }).map(([name, { accessKeyId, secretAccessKey, sessionToken }]) =>
    [
      `[${name}]`,
      `aws_access_key_id = ${accessKeyId}`,
      `aws_secret_access_key = ${secretAccessKey}`,
      ...(sessionToken === undefined ? [] : [`aws_session_token = ${sessionToken}`]),
    ].join('\n'),
  );
  await writeFile(join(root, 'credentials'), `${keys.join('\n\n')}\n`);
});
afterAll(async () => {
  setDefaultCACertificates(trustedCertificates);
  for (const client of clients) client.destroy();
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});

async function createStack(accountId: string, StackName: string, Resources: object, Outputs: object = {}) {
  const client = use(new CloudFormationClient(sdk(accountId)));
  const TemplateBody = JSON.stringify({ Resources, Outputs });
  await client.send(
    new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'] }),
  );
  await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
  return Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}

const trust = (Principal: object, Condition?: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...(Condition && { Condition }) }],
});
const callerOnly = { ArnEquals: { 'aws:PrincipalArn': CALLER } };
const trustOfRole = (condition: object) =>
  trust({ AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` }, { ...callerOnly, ...condition });
const withExternalId = { StringEquals: { 'sts:ExternalId': 'shop-id' } };

async function setTrust(document: object): Promise<void> {
  const iam = use(new IAMClient(sdk(API_ACCOUNT)));
  const PolicyDocument = JSON.stringify(document);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'shop-callers', PolicyDocument }));
}

function role(RoleName: string, Path: string, AssumeRolePolicyDocument: object, ...Statement: object[]) {
  const Policies =
    Statement.length === 0
      ? []
      : [{ PolicyName: 'main', PolicyDocument: { Version: '2012-10-17', Statement } }];
  return { Type: 'AWS::IAM::Role', Properties: { RoleName, Path, AssumeRolePolicyDocument, Policies } };
}

function shop(): object {
  const RestApiId = { Ref: 'Api' };
  const lambda = { 'Fn::GetAtt': ['Function', 'Arn'] };
  const arn = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });
  const method = (HttpMethod: string) => ({
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      RestApiId,
      ResourceId: { Ref: 'Orders' },
      HttpMethod,
      AuthorizationType: 'AWS_IAM',
      Integration: {
        Type: 'AWS_PROXY',
        IntegrationHttpMethod: 'POST',
        Uri: arn('arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/', lambda, '/invocations'),
      },
    },
  });
  return {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'shop' } },
    Orders: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { RestApiId, ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] }, PathPart: 'orders' },
    },
    Get: method('GET'),
    Post: method('POST'),
    Deployment: {
      Type: 'AWS::ApiGateway::Deployment',
      DependsOn: ['Get', 'Post'],
      Properties: { RestApiId, StageName: 'live' },
    },
    FunctionRole: role('shop-orders', '/', trust({ Service: 'lambda.amazonaws.com' })),
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'shop-orders',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['FunctionRole', 'Arn'] },
        Code: {
          ZipFile: 'exports.handler = async () => ({ statusCode: 201, body: JSON.stringify(["pen"]) });',
        },
      },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: { Ref: 'Function' },
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: arn(`arn:aws:execute-api:us-east-1:${API_ACCOUNT}:`, RestApiId, '/*/*'),
      },
    },
    Role: role('shop-callers', '/', trustOfRole(withExternalId), {
      Effect: 'Allow',
      Action: 'execute-api:Invoke',
      Resource: arn(`arn:aws:execute-api:us-east-1:${API_ACCOUNT}:`, RestApiId, '/live/*/orders'),
    }),
  };
}

const commandLine = (args: readonly string[]) => [
  ...['verify', '--api', apiUrl, '--caller', CALLER, '--role', ROLE],
  ...args,
];

/** The shell of somebody who uses local AWS, without a profile. */
function shell(): Readonly<Record<string, string | undefined>> {
  return {
    ...aws.environment(),
    AWS_PROFILE: undefined,
    AWS_SHARED_CREDENTIALS_FILE: join(root, 'credentials'),
    AWS_CONFIG_FILE: join(root, 'config'),
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
  };
}

/** Runs `cross-account verify` about the call, in a folder without a project. */
const verify = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<Run> => runInProcess(commandLine(args), root, { ...shell(), ...environment });

/** Runs the program. */
function verifyInNewProcess(args: readonly string[]): Promise<Run> {
  const program = join(__dirname, '../../../cross-account.cjs');
  const options = { env: { ...process.env, ...shell() }, cwd: root };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...commandLine(args)], options, (error, stdout, stderr) =>
      resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

const asCaller = ['--caller-profile', 'billing', '--api-profile', 'api', '--external-id', 'shop-id'];

test('a profile that is the caller makes the call, and every probe passes', async () => {
  const { exitCode, stdout, stderr } = await verifyInNewProcess(asCaller);
  expect(stderr).toBe('');
  expect(stdout).toContain('The call  signed with the caller’s own profile\n✔ GET /orders');
  for (const name of [
    'unsigned GET /orders',
    'another route',
    'correct signature',
    'query changed after signing',
    'account B’s profile signs itself',
    'function of GET /orders, invoked',
    'the caller’s role, wrong external ID',
  ]) {
    expect(stdout).toContain(`✔ ${name}`);
  }
  // Like most callers, it may not read roles.
  expect(stdout).toMatch(/✔ policies allow every step of the call +undecided/);
  expect(stdout).toContain('note: Not every policy of the call could be read');
  expect(stdout).not.toMatch(/POST|shop-id/);
  expect(stdout).toContain(`probes of ${apiUrl} passed.`);
  expect(exitCode).toBe(0);
});

test.each([
  ['an administrator of its account', 'team', `arn:aws:iam::${CALLER_ACCOUNT}:`],
  ['a role whose name begins alike', 'namesake', `arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/billing-2/`],
])(
  'with a profile that is not the caller but %s, all but the call is probed, and a note says why',
  async (_who, profile, arn) => {
    const { exitCode, stdout } = await verify(['--caller-profile', profile, ...asCaller.slice(2), '--json']);
    const { pass, probes, notes } = JSON.parse(stdout);
    expect({ exitCode, pass }).toEqual({ exitCode: 0, pass: true });
    expect(probes.at(-1)).toMatchObject({
      name: 'policies allow every step of the call',
      observed: 'allowed',
    });
    expect(probes.map(({ group }: { group: string }) => group)).not.toContain('The call');
    expect(notes[0]).toContain(`only ${CALLER} can make it. Profile "${profile}" is ${arn}`);
  },
);

test('with one profile, the rest is undecided, and no failure', async () => {
  const { exitCode, stdout } = await verify([
    '--caller-profile',
    'billing',
    '--external-id',
    'shop-id',
    '--route',
    'GET /orders',
  ]);
  expect(stdout).toMatch(/policies allow every step of the call +undecided/);
  expect(exitCode).toBe(0);
});

test('a route that could change something is refused without --allow-write, and nothing is sent', async () => {
  const before = aws.trace.events().length;
  const refused = await verify([...asCaller, '--route', 'POST /orders']);
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain('--route "POST /orders": a request that gets through is executed');
  expect(aws.trace.events().length).toBe(before);

  const allowed = await verify([...asCaller, '--route', 'POST /orders', '--allow-write']);
  expect(allowed.stdout).toContain('✔ POST /orders');
  expect(allowed.stdout).toContain('✔ body changed after signing');
  expect(allowed.exitCode).toBe(0);
});

test('an external ID that is not checked is a failure', async () => {
  await setTrust(trustOfRole({}));
  try {
    const { exitCode, stdout } = await verify(asCaller);
    expect(stdout.match(/(?<=✘ ).*(?= {2})/g)?.map((row) => row.trim())).toEqual([
      'the caller’s role, wrong external ID',
      'the caller’s role, no external ID',
    ]);
    expect(exitCode).toBe(1);
  } finally {
    await setTrust(trustOfRole(withExternalId));
  }
});

test('a service control policy that denies AssumeRole fails the call and the chain, and hides nothing of the trust policy', async () => {
  const denying = {
    name: 'NoRoles',
    document: {
      Version: '2012-10-17',
      Statement: [{ Sid: 'NoRoles', Effect: 'Deny', Action: 'sts:AssumeRole', Resource: '*' }],
    },
  };
  aws.directory.setOrganization({
    id: 'o-a1b2c3d4e5',
    accounts: [
      { accountId: API_ACCOUNT, levels: [{}] },
      { accountId: CALLER_ACCOUNT, levels: [{ serviceControlPolicies: ['FullAWSAccess', denying] }] },
    ],
  });
  try {
    const { stdout } = await verify(['--caller-profile', 'team', ...asCaller.slice(2), '--json']);
    const { probes } = JSON.parse(stdout) as { probes: readonly { name: string; pass: boolean }[] };
    expect(probes.filter(({ pass }) => !pass).map(({ name }) => name)).toEqual([
      'policies allow every step of the call',
    ]);
  } finally {
    aws.directory.setOrganization(undefined);
  }
});

test('a call that is refused is repeated until it succeeds, and this is told', async () => {
  await setTrust(trust({ AWS: `arn:aws:iam::${API_ACCOUNT}:root` }));
  const refused = new Promise<void>((resolve) => {
    aws.trace.subscribe(({ operation, refusal }) => {
      if (operation === 'AssumeRole' && refusal !== undefined) resolve();
    });
  });
  const verified = verify(asCaller);
  await refused;
  await setTrust(trustOfRole(withExternalId));
  const { exitCode, stdout } = await verified;
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
    '… GET /orders was refused (403 AccessDenied). AWS takes seconds to spread what a deployment has changed.',
  );
  expect(exitCode).toBe(0);
});

test('requests go to the endpoint of the profiles, or nowhere', async () => {
  const { exitCode, stderr } = await verify(asCaller, { HTTPS_PROXY: undefined, https_proxy: undefined });
  expect(stderr).toContain(`The profiles point at ${aws.url}, and the API's URL at AWS. Set HTTPS_PROXY`);
  expect(exitCode).toBe(1);
});

test('--required-permissions prints a policy for each side, and sends no request', async () => {
  const { stdout } = await verify(['--required-permissions'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
  const { caller, api } = JSON.parse(stdout);
  const actionsOf = ({ policy }: { policy: { Statement: { Action: string[] }[] } }) =>
    policy.Statement.flatMap(({ Action }) => Action).filter((each) => !/:(Get|List|Describe|GET)/.test(each));
  expect(actionsOf(caller)).toEqual(['execute-api:Invoke', 'lambda:InvokeFunction', 'sts:AssumeRole']);
  expect(actionsOf(api)).toEqual([]);
});

test.each([
  [['--stage', 'dev'], '--stage is about a stage of this project.'],
  [['--compare', 'local'], '--compare is about a stage of this project.'],
  [['--route', 'orders'], '--route "orders": write method and path'],
])('the options %j are a mistake', async (args, message) => {
  expect(await verify(args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
});
