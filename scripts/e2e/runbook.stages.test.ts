import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  GetFunctionCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { readServices } from '@cross-account-api/serverless-plugin';
import { readContract } from '../../libs/cli/src/project/contract.ts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { changePermissions, removePolicy } from '../../libs/cli/src/stage/break-deployment.testing.ts';
import { storedZip } from '../../libs/local-aws/src/services/lambda/code/stored-zip.ts';
import { projectRoot } from '../lib/project.ts';
import { callApi, signed } from './call-api.testing.ts';
import { assumeRole, createCallerRole } from './caller-role.testing.ts';
import { asDeploymentRole, createCi, createDeploymentRoles, SUBJECT } from './deployment-roles.testing.ts';
import { play, printedAwsCommands, readRunbook, type Section } from './runbook.testing.ts';
import {
  API_ACCOUNT,
  apiOutput,
  CALLER_ACCOUNT,
  invokeCaller,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';

const { api: API, caller: CALLER } = stageNames('local');
const { functions = [] } = readServices(projectRoot).api ?? {};
const [aFunction = ''] = functions;
const [{ method = '', path = '' } = {}, ...otherOperations] = readContract(projectRoot).operations;
const otherRoutes = otherOperations.map((each) => `${each.method} ${each.path}`);
const ci = createCi();
const token = () =>
  ci.token({ sub: SUBJECT, aud: 'sts.amazonaws.com', exp: Math.floor(Date.now() / 1000) + 3_600 });

const TITLES = [
  '1. The external ID is wrong',
  '2. The caller may not assume the role',
  '3. The role may not invoke the route',
  '4. API Gateway may not invoke the function',
  '5. The API throttles',
  '6. One caller uses up the throttle',
  '7. The CI role was taken over',
  '8. A table hangs',
] as const;

const base = {
  permissionsBoundary: '<service>-local-boundary',
  callers: {
    billing: {
      accountId: CALLER_ACCOUNT,
      roleName: 'billing',
      externalId: 'billing-id',
      routes: [`${method} ${path}`],
    },
  },
};

let sections: ReadonlyMap<string, Section>;
let bed: TestBed;
beforeAll(async () => {
  sections = new Map((await readRunbook()).map((section) => [section.title, section]));
  bed = await startTestBed({ sample: true, tokenIssuers: ci.tokenIssuers });
  await createDeploymentRoles(bed);
  await setStage(base);
  await bed.deploy();
});
afterAll(() => bed?.close());

/** Changes the settings of stage `local`. */
const setStage = (local: object) =>
  writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local }));

/** Deploys a service with settings that break the chain. */
async function deployBroken(service: 'api' | 'caller', local: object): Promise<void> {
  await setStage(local);
  const { exitCode, stdout, stderr } = await bed.sls(['deploy'], {
    service,
    environment: { INTERRUPT_CALLERS: 'yes' },
  });
  expect({ exitCode, output: exitCode === 0 ? '' : stdout + stderr }).toEqual({ exitCode: 0, output: '' });
}

function commandsOf(title: string): readonly string[] {
  const section = sections.get(title);
  if (section === undefined) throw new Error(`services/RUNBOOK.md has no section "${title}".`);
  return section.commands;
}

/** Runs all commands of a section, each of which must succeed. */
async function playAll(title: string): Promise<void> {
  const commands = commandsOf(title);
  expect(commands).not.toEqual([]);
  for (const command of commands) {
    const { exitCode, stdout, stderr } = await play(bed, command);
    expect({ command, exitCode, output: exitCode === 0 ? '' : stdout + stderr }).toEqual({
      command,
      exitCode: 0,
      output: '',
    });
  }
}

/** The `errorType` of the caller's answer; `undefined` if it has succeeded. */
async function errorType(): Promise<unknown> {
  const { functionError, payload } = await invokeCaller(bed);
  return functionError === undefined ? undefined : (payload as { readonly errorType?: unknown }).errorType;
}

test('the page has the sections that are played here, and no other', () => {
  expect([...sections.keys()]).toEqual(TITLES);
});

test(TITLES[0], async () => {
  await deployBroken('caller', { ...base, externalId: 'another-external-id' });
  expect(await errorType()).toBe('AssumeRoleDenied');
  await setStage(base);
  await playAll(TITLES[0]);
  expect(await errorType()).toBeUndefined();
});

test(TITLES[1], async () => {
  const iam = new IAMClient(bed.administrator(CALLER_ACCOUNT));
  await removePolicy(iam, CALLER);
  iam.destroy();
  // What the page says of a deployment. Its new code also starts a new environment, which has no session yet.
  expect(await bed.sls(['deploy', '--force'], { service: 'caller' })).toMatchObject({ exitCode: 0 });
  expect(await errorType()).toBe('AssumeRoleDenied');
  const [show, repair, ...others] = commandsOf(TITLES[1]);
  expect(others).toEqual([]);
  const shown = await play(bed, show);
  expect(shown.exitCode).toBe(1);
  expect(shown.stdout).toContain(`(AWS::IAM::Role ${CALLER})`);
  expect(await errorType()).toBe('AssumeRoleDenied');
  expect(await play(bed, repair)).toMatchObject({ exitCode: 0 });
  expect(await errorType()).toBeUndefined();
  expect(await play(bed, show)).toMatchObject({ exitCode: 0 });
});

test(TITLES[2], async () => {
  await deployBroken('api', { ...base, routes: otherRoutes });
  expect(await errorType()).toBe('AccessDenied');
  await setStage(base);
  await playAll(TITLES[2]);
  expect(await errorType()).toBeUndefined();
});

test(TITLES[3], async () => {
  const lambda = new LambdaClient(bed.administrator(API_ACCOUNT));
  for (const each of functions) await changePermissions(lambda, `${API}${each}`);
  lambda.destroy();
  expect(await errorType()).toBe('ApiError');
  const [explain] = commandsOf(TITLES[3]);
  const printed = printedAwsCommands(await play(bed, explain));
  expect(printed).toHaveLength(functions.length);
  for (const each of printed) await play(bed, each);
  expect(await errorType()).toBeUndefined();
});

test(TITLES[4], async () => {
  await deployBroken('api', { ...base, throttlingRateLimit: 1, throttlingBurstLimit: 1 });
  const url = `${await apiOutput(bed, 'ApiUrl')}${path}`;
  const request = await signed(url, bed.administrator(API_ACCOUNT).credentials, { method, body: '{}' });
  let isOver = false;
  // Somebody who takes nearly all that the stage lets through.
  const flood = Array.from({ length: 12 }, async () => {
    while (!isOver) await callApi(bed, url, request);
  });
  const ends: unknown[] = [];
  try {
    while (ends.length < 5 && ends.at(-1) !== 'Throttled') ends.push(await errorType());
  } finally {
    isOver = true;
    await Promise.all(flood);
  }
  expect(ends.at(-1)).toBe('Throttled');
  await setStage(base);
  await playAll(TITLES[4]);
  expect(await errorType()).toBeUndefined();
});

test(TITLES[5], async () => {
  const roleArn = `arn:aws:iam::${API_ACCOUNT}:role/${API}-invoke.billing`;
  const billing = await createCallerRole(bed, 'billing', {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn },
  });
  const session = await assumeRole(bed, billing, roleArn, 'billing-id');
  const url = `${await apiOutput(bed, 'ApiUrl')}${path}`;
  const call = async () =>
    (await callApi(bed, url, await signed(url, session, { method, body: '{}' }))).status;
  expect(await call()).not.toBe(403);
  const { callers: _, ...others } = base;
  await setStage(others);
  await playAll(TITLES[5]);
  expect(await call()).toBe(403);
  await expect(assumeRole(bed, billing, roleArn, 'billing-id')).rejects.toThrow('AssumeRole');
  expect(await errorType()).toBeUndefined();
});

test(TITLES[7], async () => {
  bed.aws.faults.set({ rules: [{ match: { service: 'dynamodb' }, effect: { type: 'delay', ms: 60_000 } }] });
  const broken = await errorType().finally(() => bed.aws.faults.clear());
  expect(broken).toMatch(/^(?:DeadlineExceeded|RequestTimeout|ApiError)$/);
  const [logs, ...others] = commandsOf(TITLES[7]);
  expect(others).toEqual([]);
  const { stdout, exitCode } = await play(bed, logs);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('no answer');
  expect(stdout).toMatch(new RegExp(`"table": ?"${API}-`));
  expect(await errorType()).toBeUndefined();
});

test(TITLES[6], async () => {
  const attacker = await asDeploymentRole(bed, 'api', API_ACCOUNT, token());
  const administrator = bed.administrator(API_ACCOUNT);
  const [lambda, iam, asAdministrator] = [
    new LambdaClient(attacker),
    new IAMClient(attacker),
    new IAMClient(administrator),
  ];
  const FunctionName = `${API}${aFunction}`;
  const RoleName = `${API}-invoke`;
  const codeOf = async () =>
    (await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.CodeSha256;
  try {
    const own = await codeOf();
    const { Role } = await asAdministrator.send(new GetRoleCommand({ RoleName }));
    const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''));
    // What the role can do: code, trust, and any API of API Gateway.
    await lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName,
        ZipFile: storedZip({ 'index.js': 'exports.handler = evil;' }),
      }),
    );
    await lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId: 'door',
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
      }),
    );
    const door = { Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'sts:AssumeRole' };
    const withDoor = { ...trust, Statement: [...trust.Statement, door] };
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(withDoor) }));

    const [
      attachApi,
      attachCaller,
      showDrift,
      repair,
      review,
      deployApi,
      deployCaller,
      verify,
      detachApi,
      detachCaller,
      ...further
    ] = commandsOf(TITLES[6]);
    expect(further).toEqual([]);
    await play(bed, attachApi);
    await play(bed, attachCaller);
    await expect(codeOf()).rejects.toThrow('with an explicit deny in an identity-based policy');

    const drift = await play(bed, showDrift);
    expect(drift.exitCode).toBe(1);
    expect(drift.stdout).toContain('AssumeRolePolicyDocument.Statement');
    expect(drift.stdout).toContain('999999999999');
    expect(await play(bed, repair)).toMatchObject({ exitCode: 0 });
    const { Role: repaired } = await asAdministrator.send(new GetRoleCommand({ RoleName }));
    expect(JSON.parse(decodeURIComponent(repaired?.AssumeRolePolicyDocument ?? ''))).toEqual(trust);

    // The further permission is in no template.
    const weak = await play(bed, review);
    expect(weak.exitCode).toBe(1);
    expect(weak.stdout).toContain('statement door of resource policy of function');
    expect(weak.stdout).not.toContain('999999999999');
    const [command = '', ...others] = printedAwsCommands(weak);
    expect(others).toEqual([]);
    await play(bed, command, API_ACCOUNT);
    expect(await play(bed, review)).toMatchObject({ exitCode: 0 });

    for (const each of [deployApi, deployCaller, verify]) {
      expect(await play(bed, each)).toMatchObject({ exitCode: 0 });
    }
    for (const each of [detachApi, detachCaller]) await play(bed, each);
    expect(await codeOf()).toBe(own);
    expect((await invokeCaller(bed)).functionError).toBeUndefined();
  } finally {
    for (const client of [lambda, iam, asAdministrator]) client.destroy();
  }
});
