import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreatePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { parse } from 'yaml';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { projectRoot } from '../lib/project.ts';
import { deployPackages, packageService } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, edit, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(240_000);

/** A function that calls two APIs, as services/README.md shows it. */
const handler = `
import { assumeRole } from '@cross-account-api/assume-role';
import { fromEnvironment, signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';

const { env } = process;

const own = {
  role: env.INVOKE_ROLE_ARN && assumeRole({ roleArn: env.INVOKE_ROLE_ARN, externalId: env.EXTERNAL_ID }),
  api: { baseUrl: env.API_URL ?? '', region: env.API_REGION },
};
const billing = {
  role:
    env.BILLING_INVOKE_ROLE_ARN &&
    assumeRole({
      roleArn: env.BILLING_INVOKE_ROLE_ARN,
      externalId: env.BILLING_EXTERNAL_ID,
      contextKey: 'billingRole',
    }),
  api: { baseUrl: env.BILLING_API_URL ?? '', region: env.BILLING_API_REGION, contextKey: 'billing' },
};

export const handler = middy()
  .use(own.role ? [own.role] : [])
  .use(billing.role ? [billing.role] : [])
  .use(signedFetch({ ...own.api, credentials: own.role ? 'assumedRole' : fromEnvironment }))
  .use(signedFetch({ ...billing.api, credentials: billing.role ? 'billingRole' : fromEnvironment }))
  .handler(async (event, context) => {
    const { body } = await context[event.api].json(event.path);
    return body;
  });
`;

let bed: TestBed;
/** The project of the team that has the other API. */
let other: ProjectCopy;
beforeAll(async () => {
  bed = await startTestBed();
  other = await copyPairProject();
  await edit(other, 'services/api/serverless.yml', /^service: .*/m, 'service: billing');
  await edit(other, 'services/caller/serverless.yml', /^service: .*/m, 'service: unused');
  await writeFile(join(bed.project.root, 'services/caller/src/both.js'), handler);
  await edit(
    bed.project,
    'services/caller/serverless.yml',
    /handler: src\/caller.handler\n {4}takesOperations: true\n {4}calls: \[ ?api ?\]/,
    'handler: src/both.handler\n    calls: [api, billing]',
  );
});
afterAll(async () => {
  await bed?.close();
  await other?.remove();
});

const setStage = (project: ProjectCopy, stage: object) =>
  writeFile(join(project.root, 'services/stages.yml'), JSON.stringify({ local: stage }));

/** Deploys the other API, which admits the function `caller` of this project. @returns what its team hands over */
async function handOver(accessMode: string): Promise<Readonly<Record<string, object>>> {
  const shop = {
    accountId: CALLER_ACCOUNT,
    roleName: 'shop-local',
    externalId: 'billing-id',
    routes: ['GET /sender'],
  };
  await setStage(other, { accessMode, callers: { shop } });
  const packaged = await packageService(join(other.root, 'services/api'), ['--stage', 'local']);
  await bed.aws.deploy(packaged, { account: API_ACCOUNT });
  const handover = await runInProcess(['handover', '--stage', 'local', '--caller', 'shop'], other.root, {
    LOCAL_AWS_ROOT: bed.localAwsRoot,
  });
  expect(handover).toMatchObject({ exitCode: 0 });
  const written = await readFile(join(other.root, 'handover/local-shop/stages.yml'), 'utf8');
  return parse(written).local.apis;
}

async function call(api: string, path: string): Promise<unknown> {
  const functionArn = `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:shop-local`;
  const { payload } = await bed.aws.as(CALLER_ACCOUNT).invoke(functionArn, { api, path });
  const { caller, errorMessage } = payload as {
    readonly caller?: { readonly roleName?: string };
    readonly errorMessage?: string;
  };
  return caller?.roleName ?? errorMessage?.split('\n')[0];
}

test('a function that calls an API that is not granted is not packaged', async () => {
  const { exitCode, stdout, stderr } = await bed.sls(['package'], { service: 'caller', environment: {} });
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
  const apis = await handOver(ofOther);
  await setStage(bed.project, { accessMode: own, apis });
  await deployPackages(bed);
  expect([await call('api', '/sender'), await call('billing', '/sender')]).toEqual(roles);
  expect(await call('billing', '/parcels/1')).toMatch(/answered 403: AccessDeniedException/);
});

test('the boundary of a deployment from CI keeps functions from another API that the deployment role does not name', async () => {
  const boundary = (parameters: Readonly<Record<string, string>>) =>
    bed.aws.deploy(join(projectRoot, 'services/caller/deployment-role.yml'), {
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
  await new IAMClient(bed.administrator(API_ACCOUNT)).send(
    new CreatePolicyCommand({
      PolicyName: 'depot-local-boundary',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );
  await boundary({});
  const apis = await handOver('assume-role');
  await setStage(bed.project, { apis, permissionsBoundary: '<service>-local-boundary' });
  await deployPackages(bed);
  expect(await call('api', '/sender')).toMatch(
    /^STS does not let .* assume \S+:role\/billing-local-invoke\.shop\./,
  );
  await boundary({ OtherRoleArns: `arn:aws:iam::${API_ACCOUNT}:role/billing-local-invoke.shop` });
  expect([await call('api', '/sender'), await call('billing', '/sender')]).toEqual([
    'depot-local-invoke',
    'billing-local-invoke.shop',
  ]);
});

describe('the commands of the stage', () => {
  let apis: Readonly<Record<string, object>>;
  beforeAll(async () => {
    apis = await handOver('assume-role');
    await setStage(bed.project, { apis });
    await deployPackages(bed);
  });

  const run = (...args: readonly string[]) =>
    runInProcess(args, bed.project.root, { LOCAL_AWS_ROOT: bed.localAwsRoot });

  test('explain walks the call of this project’s API, and names the other', async () => {
    const { exitCode, stdout } = await run('explain', '--stage', 'local', '--json');
    const { state, notes } = JSON.parse(stdout);
    expect({ exitCode, state }).toEqual({ exitCode: 0, state: 'holds' });
    expect(notes.join()).toMatch(
      /Functions of this project make other calls, too: .* --stage local --api billing/,
    );
  });

  test('explain walks the call of the other API with --api, and shows what breaks it', async () => {
    const explain = () => run('explain', '--stage', 'local', '--api', 'billing', '--json');
    const whole = await explain();
    expect({ exitCode: whole.exitCode, ...JSON.parse(whole.stdout) }).toMatchObject({
      exitCode: 0,
      api: 'billing',
      state: 'holds',
    });
    expect(whole.stdout).toContain('billing-local-invoke.shop');
    const titles = JSON.parse(whole.stdout).links.map(({ title }: { readonly title: string }) => title);
    expect(titles.join()).not.toContain('depot');

    await setStage(bed.project, { apis: { billing: { ...apis.billing, externalId: 'another-id' } } });
    const outdated = await explain();
    await setStage(bed.project, { apis });
    expect(outdated.exitCode).toBe(1);
    expect(outdated.stdout).toContain('BILLING_EXTERNAL_ID is not local.apis.billing.externalId.');
    expect(outdated.stdout).toContain('npx sls caller:deploy --stage local');
  });

  test('verify attacks the other API, and makes the call with an event', async () => {
    const event = JSON.stringify({ api: 'billing', path: '/sender' });
    const { exitCode, stdout } = await run('verify', '--api', 'billing', '--event', event, '--json');
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
    const { stdout } = await run('verify', '--json');
    expect(JSON.parse(stdout).notes.join()).toContain('--stage local --api billing');
  });

  test('review reads the other API', async () => {
    const { exitCode, stdout } = await run('review', '--stage', 'local', '--api', 'billing', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      role: expect.stringContaining('billing-local-invoke.shop'),
      unread: [],
    });
  });

  test('check says what is granted, and what is not', async () => {
    const calls = async () => {
      const { stdout } = await run('check', '--json');
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
    await setStage(bed.project, { apis: { other: apis.billing } });
    const [ungranted, unused] = await calls();
    await setStage(bed.project, { apis });
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
    const { exitCode, stderr } = await run(...args);
    expect(stderr).toContain(message);
    expect(exitCode).not.toBe(0);
  });
});
