import { join } from 'node:path';
import { CreatePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { projectRoot } from '../lib/project.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT } from './test-bed.testing.ts';
import { type Entries, startTwoApis, type TwoApis } from './two-apis.testing.ts';

let two: TwoApis;
beforeAll(async () => {
  two = await startTwoApis();
});
afterAll(() => two?.close());

test('a function that calls an API that is not granted is not packaged', async () => {
  const { exitCode, stdout, stderr } = await two.bed.sls(['package'], { service: 'caller', environment: {} });
  expect(stdout + stderr).toContain(
    `The function "caller" calls "billing", and services/stages.yml does not grant it: local.apis has no entry. Ask the API's team to admit arn:aws:iam::${CALLER_ACCOUNT}:role/shop-local.`,
  );
  expect(exitCode).toBe(1);
});

test.each([
  ['assume-role', 'assume-role', ['depot-local-invoke', 'billing-local-invoke.shop']],
  ['assume-role', 'resource-policy', ['depot-local-invoke', 'shop-local']],
  ['resource-policy', 'resource-policy', ['shop-local', 'shop-local']],
  ['resource-policy', 'assume-role', ['shop-local', 'billing-local-invoke.shop']],
])('a function calls two APIs, in the access modes %s and %s', async (own, ofOther, roles) => {
  const apis = await two.handOver({ accessMode: ofOther });
  await two.setStage({ accessMode: own, apis });
  await deployPackages(two.bed);
  expect([await two.call('api', '/sender'), await two.call('billing', '/sender')]).toEqual(roles);
  expect(await two.call('billing', '/parcels/1')).toMatch(/answered 403: AccessDeniedException/);
});

test('the boundary of a deployment from CI keeps functions from another API that the deployment role does not name', async () => {
  const boundary = (parameters: Readonly<Record<string, string>>) =>
    two.bed.aws.deploy(join(projectRoot, 'services/caller/deployment-role.yml'), {
      account: CALLER_ACCOUNT,
      name: 'deploy-shop-local',
      parameters: {
        Stage: 'local',
        Service: 'shop',
        ApiService: 'depot',
        ApiAccountId: API_ACCOUNT,
        Subject: 'repo:company/shop:environment:local',
        ...parameters,
      },
    });
  const Statement = { Effect: 'Allow', Action: '*', Resource: '*' };
  await new IAMClient(two.bed.administrator(API_ACCOUNT)).send(
    new CreatePolicyCommand({
      PolicyName: 'depot-local-boundary',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );
  await boundary({});
  const apis = await two.handOver({ accessMode: 'assume-role' });
  await two.setStage({ apis, permissionsBoundary: '<service>-local-boundary' });
  await deployPackages(two.bed);
  expect(await two.call('api', '/sender')).toMatch(
    /^STS does not let .* assume \S+:role\/billing-local-invoke\.shop\./,
  );
  await boundary({ OtherRoleArns: `arn:aws:iam::${API_ACCOUNT}:role/billing-local-invoke.shop` });
  expect([await two.call('api', '/sender'), await two.call('billing', '/sender')]).toEqual([
    'depot-local-invoke',
    'billing-local-invoke.shop',
  ]);
});

describe('the commands of the stage', () => {
  let apis: Entries;
  beforeAll(async () => {
    apis = await two.handOver({ accessMode: 'assume-role' });
    await two.setStage({ apis });
    await deployPackages(two.bed);
  });

  test('explain walks the call of this project’s API, and names the other', async () => {
    const { exitCode, stdout } = await two.run('explain', '--stage', 'local', '--json');
    const { state, notes } = JSON.parse(stdout);
    expect({ exitCode, state }).toEqual({ exitCode: 0, state: 'holds' });
    expect(notes.join()).toMatch(
      /Functions of this project make other calls, too: .* --stage local --api billing/,
    );
  });

  test('explain walks the call of the other API with --api, and shows what breaks it', async () => {
    const explain = () => two.run('explain', '--stage', 'local', '--api', 'billing', '--json');
    const whole = await explain();
    expect({ exitCode: whole.exitCode, ...JSON.parse(whole.stdout) }).toMatchObject({
      exitCode: 0,
      api: 'billing',
      state: 'holds',
    });
    expect(whole.stdout).toContain('billing-local-invoke.shop');
    const titles = JSON.parse(whole.stdout).links.map(({ title }: { readonly title: string }) => title);
    expect(titles.join()).not.toContain('depot');

    await two.setStage({ apis: { billing: { ...apis.billing, externalId: 'another-id' } } });
    const outdated = await explain();
    await two.setStage({ apis });
    expect(outdated.exitCode).toBe(1);
    expect(outdated.stdout).toContain('BILLING_EXTERNAL_ID is not local.apis.billing.externalId.');
    expect(outdated.stdout).toContain('npx sls caller:deploy --stage local');
  });

  test('verify attacks the other API, and makes the call with an event', async () => {
    const event = JSON.stringify({ api: 'billing', path: '/sender' });
    const { exitCode, stdout } = await two.run('verify', '--api', 'billing', '--event', event, '--json');
    const { pass, probes } = JSON.parse(stdout) as {
      readonly pass: boolean;
      readonly probes: readonly { readonly name: string; readonly pass: boolean }[];
    };
    expect({ exitCode, pass }).toEqual({ exitCode: 0, pass: true });
    const names = probes.map(({ name }) => name);
    expect(names).toContain('the event of --event');
    expect(names).toContain('policies allow every step of the call');
    expect(names.length).toBeGreaterThan(10);
  });

  test('verify of the stage names the other call', async () => {
    const { stdout } = await two.run('verify', '--json');
    expect(JSON.parse(stdout).notes.join()).toContain('--stage local --api billing');
  });

  test('review reads the other API', async () => {
    const { exitCode, stdout } = await two.run('review', '--stage', 'local', '--api', 'billing', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      role: expect.stringContaining('billing-local-invoke.shop'),
      unread: [],
    });
  });

  test('check says what is granted, and what is not', async () => {
    const calls = async () => {
      const { stdout } = await two.run('check', '--json');
      const { findings } = JSON.parse(stdout) as { readonly findings: readonly { readonly check: string }[] };
      return findings.filter(({ check }) => check === 'calls');
    };
    expect(await calls()).toEqual([
      {
        check: 'calls',
        status: 'pass',
        message: 'The settings grant the function "caller" its calls of "billing".',
      },
    ]);
    await two.setStage({ apis: { other: apis.billing } });
    const [ungranted, unused] = await calls();
    await two.setStage({ apis });
    expect(ungranted).toMatchObject({
      status: 'fail',
      message: expect.stringContaining(
        'calls "billing", and services/stages.yml does not grant it: local.apis has other.',
      ),
    });
    expect(unused).toMatchObject({
      status: 'warn',
      message: 'No function calls "other", which is in local.apis.',
    });
  });

  test.each([
    [['explain', '--stage', 'local', '--api', 'orders'], 'local.apis has no API "orders". It has billing.'],
    [['explain', '--api', 'billing'], '--api billing: must be a URL, e.g. https://'],
    [
      ['explain', '--stage', 'local', '--api', 'billing', '--caller', 'report'],
      '--caller report: no function "report" of services/caller calls "billing". caller calls it.',
    ],
    [
      ['verify', '--api', 'billing', '--compare', 'local'],
      '--compare is about the function "caller" and the API of this project. Leave it out, or --api billing.',
    ],
  ])('%j is refused with what to do', async (args, message) => {
    const { exitCode, stderr } = await two.run(...args);
    expect(stderr).toContain(message);
    expect(exitCode).not.toBe(0);
  });
});
