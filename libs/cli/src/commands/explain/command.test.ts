import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CreatePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  GetFunctionConcurrencyCommand,
  GetPolicyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { OrganizationInput } from '@cross-account-api/local-aws';
import aws4 from 'aws4';
import { VERIFY_USER_AGENT } from '../../aws/user-agent.ts';
import { pairProject } from '../../project/pair.testing.ts';
import {
  API_ACCOUNT,
  CALLER_ACCOUNT,
  runExplain,
  startTestPair,
  type TestPair,
} from '../../stage/test-pair.testing.ts';

const invokeRoleArn = `arn:aws:iam::${API_ACCOUNT}:role/depot-local-invoke`;
const callerRoleArn = `arn:aws:iam::${CALLER_ACCOUNT}:role/shop-local`;
const externalId = 'sts:ExternalId=local-external-id';

let pair: TestPair;
beforeAll(async () => {
  pair = await startTestPair();
});
afterAll(() => pair?.close());

/** Sends a request that is signed as one thing and sent as another. */
function sendSigned(signed: { method: string; secret?: string }, sent: { method: string }): Promise<string> {
  const { credentials } = pair.sdk(API_ACCOUNT);
  const { host, hostname, port } = new URL(pair.aws.url);
  const path = '/?Action=GetCallerIdentity&Version=2011-06-15';
  const { headers } = aws4.sign(
    { host, path, method: signed.method, service: 'sts', region: 'us-east-1' },
    { ...credentials, ...(signed.secret === undefined ? {} : { secretAccessKey: signed.secret }) },
  );
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method: sent.method, headers: headers as Record<string, string> };
    request(options, (response) => {
      response.resume();
      response.on('end', () => resolve(String(response.headers['x-amzn-requestid'])));
    })
      .on('error', reject)
      .end();
  });
}

/** Waits until a request is in the trace file, which is written after the answer. */
async function isTraced(requestId: string): Promise<void> {
  const file = join(pair.root, '.local-aws/trace.jsonl');
  while (!(await readFile(file, 'utf8')).includes(requestId)) await new Promise(setImmediate);
}

/** Runs a command that was printed, with an `aws` that knows `lambda add-permission`: the machine may have none. */
async function runShell(command: string): Promise<void> {
  const bin = join(pair.root, 'bin');
  await mkdir(bin, { recursive: true });
  const script = `#!${process.execPath}
const { AddPermissionCommand, DeleteFunctionConcurrencyCommand, LambdaClient } = require(${JSON.stringify(require.resolve('@aws-sdk/client-lambda'))});
const [, , ...args] = process.argv;
const text = args.join(' ');
const option = (name) => args[args.indexOf('--' + name) + 1];
const commands = {
  'add-permission': () => new AddPermissionCommand({
    FunctionName: option('function-name'), StatementId: option('statement-id'), Action: option('action'),
    Principal: option('principal'), SourceArn: option('source-arn'),
  }),
  'delete-function-concurrency': () => new DeleteFunctionConcurrencyCommand(JSON.parse(option('cli-input-json'))),
};
const [, name] = / lambda (\\S+) /.exec(text);
new LambdaClient({ profile: option('profile'), region: option('region') }).send(commands[name]());
`;
  await writeFile(join(bin, 'aws'), script, { mode: 0o755 });
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  await promisify(execFile)('sh', ['-c', command], { env, cwd: pairProject });
}

test('if nothing was refused yet, it says so, which is no failure', async () => {
  const { exitCode, stdout } = await pair.explain([]);
  expect(stdout).toBe(
    'No request in the trace was refused, failed in a function, or got an error from the API.\n',
  );
  expect(exitCode).toBe(0);
});

test('a chain that holds is one line for each link', async () => {
  const { exitCode, stdout, stderr } = await pair.explain(['--stage', 'local']);
  expect(stderr).toBe('');
  expect(stdout).toContain('Stage local: the chain holds (12 links)');
  expect(stdout).not.toContain('✘');
  expect(exitCode).toBe(0);
});

test.each([
  ['apigateway', 'GetStage', '? stage local serves the call'],
  ['lambda', 'GetPolicy', '? API Gateway invokes depot-local-parcels for POST /parcels'],
])(
  'a failure of %s:%s leaves its links of the stage open, and the exit code says so',
  async (service, operation, link) => {
    const effect = { type: 'error' as const, status: 400, code: 'Broken', message: 'No.' };
    pair.aws.faults.set({ rules: [{ name: 'fails', match: { service, operation }, effect }] });
    const { exitCode, stdout, stderr } = await pair.explain(['--stage', 'local']);
    pair.aws.faults.clear();
    expect(stderr).toBe('');
    expect(stdout).toContain('nothing that was read is broken');
    expect(stdout).toContain(link);
    expect(stdout).toContain(`cannot be read: ${operation}: Broken: No.`);
    expect(exitCode).toBe(2);
  },
);

describe('a chain that is broken', () => {
  let iam: IAMClient;
  beforeAll(() => {
    iam = new IAMClient(pair.sdk(API_ACCOUNT));
  });
  afterAll(() => iam.destroy());

  test('says where and why, and the change that it proposes repairs it', async () => {
    const role = { RoleName: 'depot-local-invoke', PolicyName: 'main' };
    await iam.send(new DeleteRolePolicyCommand(role));
    const text = await pair.explain(['--stage', 'local']);
    expect(text.exitCode).toBe(1);
    expect(text.stdout).toContain('the chain is broken at 1 of 12 links');
    expect(text.stdout).toContain('✘ role depot-local-invoke calls postParcel (POST /parcels)');
    expect(text.stdout).toContain('services/api/serverless.yml, resources.Resources.InvokeRole');

    const { stdout, exitCode } = await pair.explain(['--stage', 'local', '--json']);
    expect(exitCode).toBe(1);
    const document = JSON.parse(stdout);
    const broken = document.links.filter((link: { holds: boolean }) => !link.holds);
    expect(document).toMatchObject({ stage: 'local', holds: false });
    expect(broken).toMatchObject([
      {
        kind: 'invoke route',
        decision: { missing: 'identity-based policy' },
        remedies: [{ change: 'add statement' }],
      },
    ]);
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [broken[0].remedies[0].statement],
    });
    await iam.send(new PutRolePolicyCommand({ ...role, PolicyDocument }));
    expect((await pair.explain(['--stage', 'local'])).exitCode).toBe(0);
  });

  test('by the external ID is described with both values', async () => {
    const trust = (expected: string) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:ExternalId': expected } },
        },
      });
    const RoleName = 'depot-local-invoke';
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust('another') }));
    const { stdout } = await pair.explain(['--stage', 'local']);
    expect(stdout).toContain('✘ shop-local assumes role depot-local-invoke');
    expect(stdout).toContain(
      'condition StringEquals sts:ExternalId: expected "another", got "local-external-id"',
    );
    const given = ['--stage', 'local', '--context', 'sts:ExternalId=another'];
    expect((await pair.explain(given)).exitCode).toBe(0);
    await iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust('local-external-id') }),
    );
  });
});

test('a function that is switched off breaks the chain, and is on again by the command that is printed', async () => {
  const lambda = new LambdaClient(pair.sdk(API_ACCOUNT));
  const FunctionName = 'depot-local-parcels';
  try {
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    const { stdout, exitCode } = await pair.explain(['--stage', 'local']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('the chain is broken at 1 of 12 links');
    expect(stdout).toContain('✘ Lambda accepts invocations of depot-local-parcels');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'Lambda answers each invocation 429 TooManyRequestsException (Rate Exceeded). API Gateway answers the call 500 Internal Server Error.',
    );
    await runShell(/^ *(\. .*&& aws .*)$/m.exec(stdout)?.[1] ?? '');
    expect(await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).not.toHaveProperty(
      'ReservedConcurrentExecutions',
    );
    expect((await pair.explain(['--stage', 'local'])).exitCode).toBe(0);
  } finally {
    lambda.destroy();
  }
});

test('a permission that was removed comes back by the command that is printed', async () => {
  const lambda = new LambdaClient(pair.sdk(API_ACCOUNT));
  const FunctionName = 'depot-local-parcels';
  const policy = async () =>
    JSON.parse((await lambda.send(new GetPolicyCommand({ FunctionName }))).Policy ?? '');
  try {
    const before = await policy();
    await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: before.Statement[0].Sid }));
    const { stdout } = await pair.explain(['--stage', 'local']);
    expect(stdout).toContain('✘ API Gateway invokes depot-local-parcels for POST /parcels');
    const command = /^ *(\. .*&& aws .*)$/m.exec(stdout)?.[1] ?? '';
    await runShell(command);
    expect(await policy()).toEqual(before);
    expect((await pair.explain(['--stage', 'local'])).exitCode).toBe(0);
  } finally {
    lambda.destroy();
  }
});

test('the permissions that recorded calls never used are listed, with a policy without them', async () => {
  const decision = {
    principalArn: 'arn:aws:sts::222222222222:assumed-role/shop-local/caller',
    action: 'sts:AssumeRole',
    resource: invokeRoleArn,
    context: {
      'aws:PrincipalArn': callerRoleArn,
      'aws:ResourceAccount': API_ACCOUNT,
      'sts:ExternalId': 'local-external-id',
    },
    consulted: [],
    allowed: true,
    decidedBy: [],
  } as const;
  const facts = { time: new Date(), requestId: 'assumed', service: 'sts', operation: 'AssumeRole' };
  pair.aws.trace.record({ ...facts, status: 200, durationMs: 1, decisions: [decision] });
  const { exitCode, stdout } = await pair.explain(['--unused', '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout).roles).toContainEqual(
    expect.objectContaining({
      roleArn: callerRoleArn,
      used: [expect.objectContaining({ action: 'sts:AssumeRole', resource: invokeRoleArn, calls: 1 })],
      isProven: true,
    }),
  );
  const { exitCode: wrong, stderr } = await pair.explain(['--unused', '--last', '2']);
  expect(wrong).toBe(2);
  expect(stderr).toContain('Leave out the other options');
});

describe('a question', () => {
  const question = ['--principal', callerRoleArn, '--action', 'sts:AssumeRole', '--resource', invokeRoleArn];

  test('is answered with 0 for yes and 1 for no', async () => {
    expect((await pair.explain([...question, '--context', externalId])).exitCode).toBe(0);
    const { exitCode, stdout } = await pair.explain(question);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('Denied: no role trust policy allows it');
    expect(stdout).toContain('make the request with sts:ExternalId = local-external-id');
  });

  test('is answered in JSON', async () => {
    const { stdout } = await pair.explain([...question, '--context', externalId, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      allowed: true,
      remedies: [],
      decision: { action: 'sts:AssumeRole' },
    });
  });

  test('about a role that does not exist is refused', async () => {
    const stranger = 'arn:aws:iam::333333333333:role/x';
    const { exitCode, stderr } = await pair.explain([
      ...['--principal', stranger, '--action', 'sts:AssumeRole', '--resource', invokeRoleArn],
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`There is no role ${stranger}.`);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

describe('a request that was refused', () => {
  test('by a policy is explained, by default and by its ID', async () => {
    const sts = new STSClient(pair.sdk(CALLER_ACCOUNT));
    const assume = { RoleArn: invokeRoleArn, RoleSessionName: 'test', ExternalId: 'wrong' };
    const error = await sts.send(new AssumeRoleCommand(assume)).catch((reason: unknown) => reason);
    sts.destroy();
    expect(error).toMatchObject({ name: 'AccessDenied' });
    const { requestId } = (error as { $metadata: { requestId: string } }).$metadata;
    await isTraced(requestId);

    const { exitCode, stdout } = await pair.explain([]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('✘ sts AssumeRole  403 AccessDenied');
    expect(stdout).toContain(requestId);
    expect(stdout).toContain('sts:ExternalId');
    const asked = await pair.explain(['--request-id', requestId, '--json']);
    expect(JSON.parse(asked.stdout).explained).toMatchObject([
      { refused: true, event: { requestId }, decision: { allowed: false, missing: 'role trust policy' } },
    ]);
  });

  test('is allowed after the fix, and then needs no remedy, nor when it has succeeded', async () => {
    const sts = new STSClient(pair.sdk(CALLER_ACCOUNT));
    const assume = { RoleArn: invokeRoleArn, RoleSessionName: 'test', ExternalId: 'local-external-id' };
    const iam = new IAMClient(pair.sdk(API_ACCOUNT));
    const RoleName = 'depot-local-invoke';
    const trusting = (sid: string) => ({
      RoleName,
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${sid}:root` },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:ExternalId': 'local-external-id' } },
        },
      }),
    });
    try {
      await iam.send(new UpdateAssumeRolePolicyCommand(trusting(API_ACCOUNT)));
      const error: unknown = await sts.send(new AssumeRoleCommand(assume)).catch((reason: unknown) => reason);
      await isTraced((error as { $metadata: { requestId: string } }).$metadata.requestId);
      const before = await pair.explain([]);
      expect(before.stdout).toContain('smallest change');
      await iam.send(new UpdateAssumeRolePolicyCommand(trusting(CALLER_ACCOUNT)));
      const fixed = await pair.explain([]);
      expect(fixed.stdout).toContain('✔ Allowed now; invoke again.');
      expect(fixed.stdout).not.toContain('smallest change');
      const { $metadata } = await sts.send(new AssumeRoleCommand(assume));
      await isTraced($metadata.requestId ?? '');
      const { stdout } = await pair.explain([]);
      expect(stdout).toContain('✘ sts AssumeRole  403 AccessDenied');
      expect(stdout).toContain('✔ The same has succeeded since: sts AssumeRole  200');
      expect(stdout).toContain($metadata.requestId);
      expect(stdout).not.toContain('smallest change');
    } finally {
      sts.destroy();
      iam.destroy();
    }
  });

  test('and was a probe of verify does not count', async () => {
    const probing = new STSClient({ ...pair.sdk(CALLER_ACCOUNT), customUserAgent: VERIFY_USER_AGENT });
    const assume = { RoleArn: invokeRoleArn, RoleSessionName: 'verify', ExternalId: 'wrong' };
    const error: unknown = await probing
      .send(new AssumeRoleCommand(assume))
      .catch((reason: unknown) => reason);
    probing.destroy();
    const { requestId } = (error as { $metadata: { requestId: string } }).$metadata;
    await isTraced(requestId);
    expect((await pair.explain(['--last', '9'])).stdout).not.toContain(requestId);
    expect((await pair.explain(['--request-id', requestId])).stdout).toContain('403 AccessDenied');
  });

  test('for its signature is compared with what the client signed', async () => {
    await isTraced(await sendSigned({ method: 'POST' }, { method: 'GET' }));
    const { stdout } = await pair.explain([]);
    expect(stdout).toContain('POST was signed, and GET sent.');
    expect(stdout).toMatch(/▶ +1 {2}GET +POST/);
  });

  test('for the secret is explained without the secret', async () => {
    const secret = 'a-secret-that-is-not-to-be-shown';
    await isTraced(await sendSigned({ method: 'GET', secret }, { method: 'GET' }));
    const { stdout } = await pair.explain(['--last', '2']);
    expect(stdout).toContain("was most likely used with another key's secret");
    expect(stdout.match(/^✘ /gm)).toHaveLength(2);
    expect(stdout).not.toContain(secret);
  });

  test('is not found if the trace does not have it', async () => {
    const { exitCode, stdout } = await pair.explain(['--request-id', 'nowhere']);
    expect(stdout).toContain('The trace has no request nowhere.');
    expect(exitCode).toBe(1);
  });
});

describe('a call by its ARNs', () => {
  const profiles = () => ({
    AWS_CONFIG_FILE: join(pair.root, '.local-aws/config'),
    AWS_SHARED_CREDENTIALS_FILE: join(pair.root, '.local-aws/credentials'),
  });
  const call = () => [
    ...['--api', pair.apiUrl, '--route', 'POST /parcels', '--role', invokeRoleArn],
    ...['--caller', `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:shop-local`],
    ...['--caller-profile', 'local-caller', '--api-profile', 'local-api'],
  ];

  test('is explained without a project, with the exit codes 0, 1 and 2', async () => {
    const right = await pair.explain([...call(), '--external-id', 'local-external-id'], profiles());
    expect(right.stderr).toBe('');
    expect(right.stdout).toContain('the chain holds (11 links)');
    expect(right.exitCode).toBe(0);
    const wrong = await pair.explain([...call(), '--external-id', 'x', '--json'], profiles());
    expect(JSON.parse(wrong.stdout)).toMatchObject({ state: 'breaks', holds: false });
    expect(wrong.stdout).not.toContain(pair.sdk(CALLER_ACCOUNT).credentials.secretAccessKey);
    expect(wrong.exitCode).toBe(1);
    const alone = await pair.explain(['--error', '{"message":"Forbidden"}']);
    expect(alone.exitCode).toBe(2);
  });

  test('has a policy for each side', async () => {
    const { stdout, exitCode } = await pair.explain([...call(), '--required-permissions']);
    expect(Object.keys(JSON.parse(stdout))).toEqual(['caller', 'api']);
    expect(exitCode).toBe(0);
  });

  test('with a profile that does not exist cannot be told', async () => {
    const { stderr, exitCode } = await pair.explain([...call(), '--caller-profile', 'nobody'], {
      ...profiles(),
      AWS_ENDPOINT_URL: pair.aws.url,
    });
    expect(stderr).toContain('"nobody"');
    expect(stderr).not.toMatch(/stages\.yml|^ {4}at /m);
    expect(exitCode).toBe(2);
  });

  test.each([
    [
      ['--caller', 'arn:aws:iam::222222222222:group/a'],
      /must be the ARN of a function, a role, .* or a user/,
    ],
    [['--error', ' '], /--error "" is empty/],
    [['--role', 'invoke'], /must be the ARN of a role/],
    [['--route', '/parcels'], /write method and path/],
    [['--api', 'abc'], /must be a URL/],
    [['--signed-for', 'eu-west-1'], /write region and service/],
    [['--duration', 'long'], /must be a whole number/],
    [['--external-id', 'x'], /give --role, too/],
    [['--api-account', '1'], /12 digits/],
    [['--api', 'https://a.example.com', '--stage', 'local'], /--stage is about something else/],
    [['--route', 'GET /a'], /Give --caller-profile, --api-profile or both/],
    [['--api-profile', 'local-api'], /Give --caller and --api\./],
  ])('with the options %j is refused with one sentence', async (args, message) => {
    const { exitCode, stdout, stderr } = await pair.explain(args, profiles());
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });
});

test.each([
  [['--action', 'sts:AssumeRole'], 2, /missing: --principal, --resource/],
  [['--nonsense'], 2, /--help lists the options/],
  [['--stage', 'dev'], 1, /AWS_ENDPOINT_URL points at local AWS/],
])('the options %j end with exit code %d and one sentence', async (args, code, message) => {
  const environment = { AWS_ENDPOINT_URL: 'http://0.0.0.0:1' };
  const { exitCode, stdout, stderr } = await pair.explain(args, environment);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(stdout).toBe('');
  expect(exitCode).toBe(code);
});

test('if no local AWS ever ran, it says how to start one', async () => {
  const environment = { LOCAL_AWS_ROOT: join(pair.root, 'nowhere') };
  for (const args of [[], ['--stage', 'local']]) {
    const { exitCode, stderr } = await runExplain(args, environment);
    expect(stderr).toContain('npm start');
    expect(exitCode).toBe(1);
  }
});

test('if nothing has been deployed since the start, it says so, and how to deploy', async () => {
  const empty = await startTestPair({ deploy: false });
  try {
    const { exitCode, stdout } = await runExplain([], { LOCAL_AWS_ROOT: empty.root });
    expect(stdout).toBe(
      'No request in the trace was refused, failed in a function, or got an error from the API.\nNothing has been deployed to this local AWS since its start, and it keeps nothing from before. Deploy: npx sls deploy --stage local\n',
    );
    expect(exitCode).toBe(1);
  } finally {
    await empty.close();
  }
});

test('if local AWS has ended, it says so and explains the trace that is left', async () => {
  const ended = await startTestPair({ deploy: false });
  await cp(ended.root, join(pair.root, 'ended'), { recursive: true });
  await ended.close();
  const { exitCode, stdout } = await runExplain([], { LOCAL_AWS_ROOT: join(pair.root, 'ended') });
  expect(stdout).toContain(
    'No request in the trace was refused, failed in a function, or got an error from the API.',
  );
  expect(stdout).toContain('No local AWS runs now.');
  expect(stdout).toContain('npm start');
  expect(exitCode).toBe(1);
});

describe('in an AWS organization', () => {
  const organizationId = 'o-a1b2c3d4e5';
  const RoleName = 'depot-local-invoke';
  const document = (statement: object) => ({ Version: '2012-10-17', Statement: statement });
  const denying = (name: string, Action: string, principal = {}) => ({
    name,
    document: document({ Sid: name, Effect: 'Deny', ...principal, Action, Resource: '*' }),
  });
  const callerIn = (...levels: NonNullable<OrganizationInput['accounts'][number]['levels']>) =>
    pair.aws.directory.setOrganization({
      id: organizationId,
      accounts: [
        {
          accountId: API_ACCOUNT,
          levels: [{ resourceControlPolicies: [denying('StayOut', 'sts:AssumeRole', { Principal: '*' })] }],
        },
        { accountId: CALLER_ACCOUNT, levels },
      ],
    });
  let iam: IAMClient;
  beforeAll(() => {
    iam = new IAMClient(pair.sdk(API_ACCOUNT));
  });
  afterAll(() => {
    pair.aws.directory.setOrganization(undefined);
    iam?.destroy();
  });

  test('the chain names the service control policy, the resource control policy and the permissions boundary that break it', async () => {
    callerIn({}, { serviceControlPolicies: ['FullAWSAccess', denying('NoRoles', 'sts:AssumeRole')] }, {});
    const { Policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: 'logs-only',
        PolicyDocument: JSON.stringify(document({ Effect: 'Allow', Action: 'logs:*', Resource: '*' })),
      }),
    );
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: Policy?.Arn }));
    const { stdout, exitCode } = await pair.explain(['--stage', 'local']);
    await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    expect(stdout).toContain('denied by statement NoRoles of NoRoles (service control policy)');
    expect(stdout).toContain('denied by statement StayOut of StayOut (resource control policy)');
    expect(stdout).toContain('no permissions boundary allows it');
    expect(stdout).not.toContain('were not considered');
    expect(exitCode).toBe(1);
  });

  test('the chain names the organization that the invoke role trusts, and the policies that may not be read', async () => {
    pair.aws.directory.setOrganization({
      id: organizationId,
      accounts: [
        {
          accountId: CALLER_ACCOUNT,
          levels: [{ serviceControlPolicies: ['FullAWSAccess', denying('Secret', 'organizations:List*')] }],
        },
      ],
    });
    const trusting = (condition: object) => {
      const statement = {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: condition },
      };
      const PolicyDocument = JSON.stringify(document(statement));
      return iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    };
    await trusting({ 'aws:PrincipalOrgID': 'o-elsewhere1' });
    const wrong = await pair.explain(['--stage', 'local']);
    await trusting({ 'aws:PrincipalOrgID': organizationId });
    const right = await pair.explain(['--stage', 'local']);
    await trusting({ 'sts:ExternalId': 'local-external-id' });
    expect(wrong.stdout).toContain(
      `condition StringEquals aws:PrincipalOrgID: expected "o-elsewhere1", got "${organizationId}"`,
    );
    expect(right.stdout).toContain(
      `The service and resource control policies of the AWS organization of account ${CALLER_ACCOUNT} (the profile "local-caller") were not read. They can only deny more.`,
    );
    expect(right.exitCode).toBe(0);
  });
});

test('if a stage is not deployed, it says how to deploy it', async () => {
  const empty = await startTestPair({ deploy: false });
  try {
    const { exitCode, stderr } = await empty.explain(['--stage', 'local']);
    expect(stderr).toContain('npx sls deploy --stage local');
    expect(exitCode).toBe(1);
  } finally {
    await empty.close();
  }
});
