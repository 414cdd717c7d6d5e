import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import {
  CALLER,
  call,
  callers,
  changeMode,
  setMode,
  startBedWithOrganization,
} from './access-modes.testing.ts';
import { callApi, type Keys, signed } from './call-api.testing.ts';
import { keysOf } from './deployment-roles.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { apiOutput, CALLER_ACCOUNT, invokeCaller, type TestBed } from './test-bed.testing.ts';

const everyRoute = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' };
let bed: TestBed;
beforeAll(async () => {
  bed = await startBedWithOrganization();
  await deployPackages(bed);
});
afterAll(() => bed?.close());

// The tests follow one stage: each one continues the one before it. access-modes.slow.test.ts has the way back.

/** Creates a role of account B that may call every API, if account B decides alone. @returns the keys of a session of it */
async function createRole(RoleName: string, Path = '/'): Promise<Keys> {
  const iam = new IAMClient(bed.administrator(CALLER_ACCOUNT));
  const sts = new STSClient(bed.administrator(CALLER_ACCOUNT));
  const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement });
  const trust = { Effect: 'Allow', Principal: { AWS: CALLER_ACCOUNT }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: document(trust) }),
  );
  const policy = { RoleName, PolicyName: 'call', PolicyDocument: document(everyRoute) };
  await iam.send(new PutRolePolicyCommand(policy));
  const session = { RoleArn: Role?.Arn, RoleSessionName: 'test' };
  const { Credentials } = await sts.send(new AssumeRoleCommand(session));
  iam.destroy();
  sts.destroy();
  return keysOf(Credentials);
}

/** Changes the additional policy of the caller's role in account B. */
async function putCallerPolicy(statement: object): Promise<void> {
  const iam = new IAMClient(bed.administrator(CALLER_ACCOUNT));
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: CALLER,
      PolicyName: 'more',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statement }),
    }),
  );
  iam.destroy();
}

/** Runs a command of the project. */
const run = (...args: readonly string[]) =>
  runInProcess(args, bed.project.root, { LOCAL_AWS_ROOT: bed.localAwsRoot });

async function failedProbes(): Promise<string[]> {
  const { stdout, stderr } = await run('verify', '--json');
  if (stdout === '') throw new Error(stderr);
  const { probes }: { probes: { name: string; pass: boolean }[] } = JSON.parse(stdout);
  expect(probes.length).toBeGreaterThan(25);
  return probes.filter(({ pass }) => !pass).map(({ name }) => name);
}

test('no call fails while a stage changes to the access mode resource-policy, and then the caller calls as itself', async () => {
  await changeMode(bed, 'assume-role', 'resource-policy');
  expect(await call(bed)).toMatchObject({
    payload: { status: 200, body: { caller: { accountId: CALLER_ACCOUNT, roleName: CALLER } } },
    askedSts: false,
  });
  await expect(apiOutput(bed, 'InvokeRoleArn')).rejects.toThrow('no output InvokeRoleArn');
  await expect(apiOutput(bed, 'InvokeRoleBillingArn')).rejects.toThrow('no output InvokeRoleBillingArn');
});

test('each of account B’s roles reaches only the routes that admit it, whatever account B allows it', async () => {
  const url = await apiOutput(bed, 'ApiUrl');
  const statusOf = async (keys: Keys, method: string, path: string) => {
    const request = await signed(url + path, keys, { method, ...(method === 'POST' && { body: '{}' }) });
    const { status, errorType } = await callApi(bed, url + path, request);
    return errorType === undefined ? status : `${status} ${errorType}`;
  };
  const [billing, other] = await Promise.all([createRole('billing', '/team/'), createRole('other')]);
  expect(await statusOf(billing, 'GET', '/sender')).toBe(200);
  expect(await statusOf(billing, 'POST', '/parcels')).toBe('403 AccessDeniedException');
  expect(await statusOf(other, 'GET', '/sender')).toBe('403 AccessDeniedException');
});

test('explain walks the chain without a role to assume, and names what either account lacks', async () => {
  const sound = await run('explain', '--stage', 'local');
  expect(sound.stdout).toContain('the chain holds');
  expect(sound.stdout).toContain(`role ${CALLER} calls postParcel (POST /parcels)`);
  expect(sound.stdout).not.toContain('assumes');

  await putCallerPolicy({ ...everyRoute, Effect: 'Deny' });
  expect((await invokeCaller(bed)).functionError).toBe('Unhandled');
  const refused = await run('explain');
  expect(refused.stdout).toMatch(/execute-api POST \/parcels .*operation postParcel, /s);
  expect(refused.stdout).toContain(`denied by statement #1 of inline policy more of role ${CALLER}`);
  await putCallerPolicy({ Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: '*' });
  expect((await run('explain', '--stage', 'local')).exitCode).toBe(0);
});

test('the console’s map shows arrows from the caller’s role to each route, and to no role of account A', async () => {
  const map = (await bed.aws.localAws.saveConsole()).replaceAll('\\"', '"');
  const from = `"from":"arn:aws:iam::${CALLER_ACCOUNT}:role/${CALLER}","to":"arn:aws:`;
  const targets = map
    .split(from)
    .slice(1)
    .map((rest) => rest.slice(0, rest.indexOf('"')));
  const api = (await apiOutput(bed, 'ApiArn')).replace('arn:aws:', '');
  expect(targets.sort()).toEqual([`${api}/GET/parcels/*`, `${api}/GET/sender`, `${api}/POST/parcels`]);
});

test('verify proves the resource policy, and fails once the caller’s role may do more', async () => {
  expect(await failedProbes()).toEqual([]);
  await putCallerPolicy(everyRoute);
  expect(await failedProbes()).toEqual([
    'caller’s role, another route',
    'caller’s role, another method',
    'caller’s role, another stage',
    'caller’s role, another API',
  ]);
});

test('a resource policy with more callers than AWS takes is not packaged, unless AWS has raised the quota', async () => {
  const caller = (index: number) => ({ ...Object.values(callers)[0], roleName: `team-${index}` });
  const further = Array.from({ length: 30 }, (_, index) => [`team-${index}`, caller(index)]);
  const deploy = async (settings?: object) => {
    await setMode(bed, 'resource-policy', undefined, Object.fromEntries(further), settings);
    const { exitCode, stdout, stderr } = await bed.sls(['deploy'], { service: 'api' });
    expect(exitCode).toBe(1);
    return stdout + stderr;
  };
  const words = /The API's resource policy has [\d,]+ characters, and AWS takes 8,192/;
  expect(await deploy()).toMatch(words);
  // As an account whose quota AWS has not raised.
  const refused = await deploy({ quotas: { resourcePolicyCharacters: 20_000 } });
  expect(refused).not.toMatch(words);
  expect(refused).toContain('and may have 8192 unless AWS raises the quota');
});

test('an additional region admits the caller’s role of that region', async () => {
  await setMode(bed, 'resource-policy');
  await deployPackages(bed, { region: 'eu-central-1' });
  expect(await invokeCaller(bed, {}, 'eu-central-1')).toMatchObject({
    payload: { status: 200, body: { caller: { roleName: `${CALLER}_eu-central-1` } } },
  });
});
