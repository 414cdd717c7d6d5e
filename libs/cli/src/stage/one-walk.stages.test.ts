import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { pairProject } from '../project/pair.testing.ts';
import { type Run, runInProcess } from '../run-in-process.testing.ts';
import { limitHttpApiTo0 } from './break-deployment.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, startTestPair, type TestPair } from './test-pair.testing.ts';

const CHAIN = 'policies allow every step of the call';

let pair: TestPair;
let project: string;
beforeAll(async () => {
  pair = await startTestPair({ http: true, routes: ['POST/parcels', 'GET/sender'] });
  // A project whose caller may call two of the three routes of the API.
  project = await mkdtemp(join(tmpdir(), 'one-walk-'));
  await cp(pairProject, project, { recursive: true });
  await writeFile(
    join(project, 'services/stages.yml'),
    "local:\n  routes: ['POST /parcels', 'GET /sender']\n",
  );
});
afterAll(async () => {
  await pair?.close();
  await rm(project, { recursive: true, force: true });
});

const run = (...args: readonly string[]): Promise<Run> =>
  runInProcess(args, project, { LOCAL_AWS_ROOT: pair.root });

/** Puts both accounts in an organization, whose policy denies an action in the account of the caller. */
function denyInCallerAccount(name: string, Action: string): void {
  const Statement = { Sid: name, Effect: 'Deny', Action, Resource: '*' };
  const denying = { name, document: { Version: '2012-10-17', Statement } };
  pair.aws.directory.setOrganization({
    id: 'o-a1b2c3d4e5',
    accounts: [
      { accountId: API_ACCOUNT, levels: [{}] },
      { accountId: CALLER_ACCOUNT, levels: [{ serviceControlPolicies: ['FullAWSAccess', denying] }] },
    ],
  });
}

/** Runs a command about the same call, by its ARNs. */
const runOnCall = (command: string, ...args: readonly string[]): Promise<Run> =>
  runInProcess(
    [
      ...[command, '--api', pair.apiUrl, '--route', 'POST /parcels', '--route', 'GET /sender'],
      ...['--caller', `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:shop-local`],
      ...['--role', `arn:aws:iam::${API_ACCOUNT}:role/depot-local-invoke`],
      ...['--external-id', 'local-external-id'],
      ...['--caller-profile', 'local-caller', '--api-profile', 'local-api', ...args],
    ],
    project,
    {
      AWS_CONFIG_FILE: join(pair.root, '.local-aws/config'),
      AWS_SHARED_CREDENTIALS_FILE: join(pair.root, '.local-aws/credentials'),
    },
  );

/** The links of a chain that are not about a stage of a project, without the names that only a project knows. */
function linksIn(stdout: string): readonly string[] {
  const { links } = JSON.parse(stdout) as {
    readonly links: readonly { readonly kind: string; readonly title: string; readonly state: string }[];
  };
  return links
    .filter(({ kind }) => kind !== 'configuration')
    .map(({ title, state }) => `${state}: ${title.replace(/ calls \w+ \((.*)\)$/, ' calls $1')}`);
}

interface ReportedProbe {
  readonly name: string;
  readonly group: string;
  readonly observed: string;
  readonly pass: boolean;
}

/** The probes that `verify --stage local` evaluates on policies. The pair's functions are stubs, so its calls are not made. */
async function evaluated(): Promise<readonly ReportedProbe[]> {
  const { stdout } = await run('verify', '--stage', 'local', '--wait', '0', '--json');
  const { probes } = JSON.parse(stdout) as {
    readonly probes: readonly (ReportedProbe & { readonly credentials: string })[];
  };
  return probes.filter(({ credentials }) => credentials === 'reading');
}

describe('a caller that may call some of the routes', () => {
  test('is verified with these', async () => {
    expect((await evaluated()).filter(({ pass }) => !pass)).toEqual([]);
  });

  test('is explained with these, and the route that the owner left out is not proposed', async () => {
    const { stdout, exitCode } = await run('explain', '--stage', 'local');
    expect(stdout).toContain('the chain holds');
    expect(stdout).not.toContain('GET /parcels/{id}');
    expect(exitCode).toBe(0);
  });

  test('is reviewed with these: nothing is proposed for the other route, and all settings are those of the stage', async () => {
    const { stdout, exitCode } = await runOnCall('review');
    expect(stdout).not.toContain('GET /parcels/{id}');
    expect(exitCode).toBe(0);
  });

  test('has the same findings as a stage and by its ARNs', async () => {
    const findingsOf = ({ stdout }: Run) => (JSON.parse(stdout) as { readonly findings: object[] }).findings;
    const ofStage = findingsOf(await run('review', '--stage', 'local', '--json'));
    expect(ofStage).toEqual(findingsOf(await runOnCall('review', '--json')));
    expect(ofStage.length).toBeGreaterThan(0);
  });

  test('has the same links as a stage and by its ARNs', async () => {
    const ofStage = await run('explain', '--stage', 'local', '--json');
    const byArns = await runOnCall('explain', '--json');
    expect(linksIn(ofStage.stdout)).toEqual(linksIn(byArns.stdout));
    expect(linksIn(ofStage.stdout).length).toBeGreaterThan(10);
  });
});

describe('a caller that signs for another region', () => {
  let lambda: LambdaClient;
  const signFor = (API_REGION: string | undefined) =>
    lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: 'shop-local',
        Environment: {
          Variables: {
            API_URL: pair.apiUrl,
            INVOKE_ROLE_ARN: `arn:aws:iam::${API_ACCOUNT}:role/depot-local-invoke`,
            EXTERNAL_ID: 'local-external-id',
            ...(API_REGION !== undefined && { API_REGION }),
          },
        },
      }),
    );
  beforeAll(async () => {
    lambda = new LambdaClient(pair.sdk(CALLER_ACCOUNT));
    await signFor('eu-west-1');
  });
  afterAll(async () => {
    await signFor(undefined);
    lambda.destroy();
  });

  test('breaks the chain in explain and in verify', async () => {
    const { stdout, exitCode } = await run('explain', '--stage', 'local');
    expect(stdout).toContain('✘ the caller signs for eu-west-1/execute-api');
    expect(exitCode).toBe(1);
    expect((await evaluated()).filter(({ pass }) => !pass)).toEqual([
      expect.objectContaining({
        name: CHAIN,
        observed: 'denied: the caller signs for eu-west-1/execute-api',
      }),
    ]);
  });
});

test('a stage that lets no request through breaks the chain in explain and in verify', async () => {
  const apis = new ApiGatewayV2Client(pair.sdk(API_ACCOUNT));
  const restore = await limitHttpApiTo0(apis, pair.apiUrl);
  try {
    const { stdout } = await run('explain', '--stage', 'local');
    expect(stdout).toContain('✘ stage $default lets requests for POST /parcels through');
    const chain = (await evaluated()).find(({ name }) => name === CHAIN);
    expect(chain).toMatchObject({ pass: false, observed: expect.stringContaining('POST /parcels through') });
  } finally {
    await restore();
    apis.destroy();
  }
});

describe('a service control policy that denies AssumeRole in the account of the caller', () => {
  beforeAll(() => denyInCallerAccount('NoRoles', 'sts:AssumeRole'));
  afterAll(() => pair.aws.directory.setOrganization(undefined));

  test('breaks the chain that explain shows', async () => {
    const { stdout, exitCode } = await run('explain', '--stage', 'local');
    expect(stdout).toContain('denied by statement NoRoles of NoRoles (service control policy)');
    expect(exitCode).toBe(1);
  });

  test('breaks the same links as a stage and by its ARNs', async () => {
    const ofStage = await run('explain', '--stage', 'local', '--json');
    const byArns = await runOnCall('explain', '--json');
    expect(linksIn(ofStage.stdout)).toEqual(linksIn(byArns.stdout));
    expect(linksIn(byArns.stdout)).toContain('breaks: shop-local assumes role depot-local-invoke');
    expect(byArns.exitCode).toBe(1);
  });

  test('fails the probe of the chain, and the probes that judge one policy still do', async () => {
    expect((await evaluated()).filter(({ pass }) => !pass)).toEqual([
      expect.objectContaining({ name: CHAIN, observed: expect.stringMatching(/^denied: /) }),
    ]);
  });
});

describe('an organization that the account of the caller may not read', () => {
  beforeAll(() => denyInCallerAccount('Secret', 'organizations:*'));
  afterAll(() => pair.aws.directory.setOrganization(undefined));

  test('is a note in explain and in verify, and no failure', async () => {
    const note = `The service and resource control policies of the AWS organization of account ${CALLER_ACCOUNT} (the profile "local-caller") were not read.`;
    const explained = await run('explain', '--stage', 'local', '--json');
    expect(explained.exitCode).toBe(0);
    expect(JSON.parse(explained.stdout).notes).toContainEqual(expect.stringContaining(note));
    const verified = await run('verify', '--stage', 'local', '--wait', '0', '--json');
    expect(JSON.parse(verified.stdout).notes).toContainEqual(expect.stringContaining(note));
    expect((await evaluated()).filter(({ pass }) => !pass)).toEqual([]);
  });
});
