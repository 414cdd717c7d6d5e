import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { watchFunctions } from '../../libs/cli/src/commands/start/watch.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { startCommand } from './command.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { CALLER_ACCOUNT, type TestBed } from './test-bed.testing.ts';
import {
  call,
  expectBothDeployed,
  FIRST,
  SECOND,
  SECOND_ACCOUNT,
  setSettings,
  startBedOfTwoCallers,
} from './two-callers.testing.ts';

// callers-deployed.slow.test.ts deploys them as a user does, through Compose.

let bed: TestBed;
beforeAll(async () => {
  bed = await startBedOfTwoCallers();
  await deployPackages(bed);
});
afterAll(async () => {
  await bed?.close();
  expect(bed?.reports).toEqual([]);
});

test('the API and both callers are deployed, each in its account and with its own role and invoke role', () =>
  expectBothDeployed(bed));

test('each calls as its own invoke role', async () => {
  expect(await call(bed, FIRST, 'getSender')).toMatchObject({
    body: { caller: { roleName: 'orders-local-invoke' } },
  });
  expect(await call(bed, SECOND, 'getSender')).toMatchObject({
    body: { caller: { roleName: 'orders-local-invoke.billing' } },
  });
});

test('the second is refused on a route of the first', async () => {
  expect(await call(bed, FIRST, 'postParcel')).toMatchObject({ status: 200 });
  expect(await call(bed, SECOND, 'postParcel')).toMatchObject({
    errorMessage: expect.stringContaining('is not authorized to perform: execute-api:Invoke'),
  });
});

test.each([
  ['explain', '--stage', 'local', '--caller', 'billing'],
  ['call', 'getSender', '--caller', 'billing'],
])('npm run %s knows both', async (...args) => {
  const environment = { LOCAL_AWS_ROOT: bed.localAwsRoot };
  expect(await runInProcess(args, bed.project.root, environment)).toMatchObject({ exitCode: 0 });
});

test('the account of the second is read with its profile, so nothing of its call is assumed', async () => {
  const environment = { LOCAL_AWS_ROOT: bed.localAwsRoot };
  const run = async (...args: readonly string[]) =>
    JSON.parse((await runInProcess(args, bed.project.root, environment)).stdout);
  const explained = await run('explain', '--stage', 'local', '--caller', 'billing', '--json');
  expect(explained).toMatchObject({ state: 'holds' });
  expect(explained.callerPart).toBeUndefined();
  expect(JSON.stringify(explained)).toContain(`arn:aws:iam::${SECOND_ACCOUNT}:role/${SECOND}`);
  const verified = await run('verify', '--caller', 'billing', '--json');
  expect(verified).toMatchObject({ pass: true });
  // It is not "account B": that is the first caller's.
  expect(verified.probes).toContainEqual(
    expect.objectContaining({
      name: `account ${SECOND_ACCOUNT}’s profile signs itself`,
      signerAccountId: SECOND_ACCOUNT,
      pass: true,
    }),
  );
  expect(JSON.stringify(verified.probes)).not.toContain('account B’s');
  const { pass, notes } = await run('verify', '--json');
  expect(pass).toBe(true);
  expect(notes.join()).toContain('The rows of billing were decided from the deployed policies, not sent');
  const reviewed = await run('review', '--stage', 'local', '--caller', 'billing', '--json');
  expect(reviewed).toMatchObject({ unread: [] });
});

test('a permission that the second lacks is found in its account, and the command that adds it has its profile; repair puts it back, too', async () => {
  const iam = new IAMClient(bed.administrator(SECOND_ACCOUNT));
  const { PolicyNames: [PolicyName] = [] } = await iam.send(
    new ListRolePoliciesCommand({ RoleName: SECOND }),
  );
  const policy = { RoleName: SECOND, PolicyName };
  const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand(policy));
  await iam.send(new DeleteRolePolicyCommand(policy));
  try {
    const environment = { LOCAL_AWS_ROOT: bed.localAwsRoot };
    const args = ['explain', '--stage', 'local', '--caller', 'billing'];
    const { exitCode, stdout } = await runInProcess(args, bed.project.root, environment);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      new RegExp(`aws --profile 'local-${SECOND_ACCOUNT}' iam put-role-policy --role-name ${SECOND} `),
    );
    const repaired = await runInProcess(['repair', '--yes', '--json'], bed.project.root, environment);
    expect(JSON.parse(repaired.stdout)).toMatchObject({
      stage: 'local',
      stacks: [
        { service: 'api', state: 'same' },
        { service: 'caller', state: 'same' },
        { service: 'billing', accountId: SECOND_ACCOUNT, state: 'repaired' },
      ],
      notCompared: [],
    });
    expect((await runInProcess(args, bed.project.root, environment)).exitCode).toBe(0);
  } finally {
    await iam.send(
      new PutRolePolicyCommand({ ...policy, PolicyDocument: decodeURIComponent(PolicyDocument) }),
    );
    iam.destroy();
  }
});

test('npm run check looks at the service of the second, in its account', async () => {
  const environment = { LOCAL_AWS_ROOT: bed.localAwsRoot };
  const run = async (...args: readonly string[]) => {
    const { exitCode, stdout } = await runInProcess(['check', ...args], bed.project.root, environment);
    return { exitCode, stdout };
  };
  const { exitCode, stdout } = await run('--json');
  expect(exitCode).toBe(0);
  const { findings } = JSON.parse(stdout);
  const messages = findings.map(({ message }: { readonly message: string }) => message).join('\n');
  expect(messages).toContain(`billing goes to account ${SECOND_ACCOUNT}`);
  expect(messages).toMatch(
    new RegExp(
      `arn:aws:iam::${SECOND_ACCOUNT}:user/administrator may do all \\d+ things that a deployment of billing`,
    ),
  );
  expect(messages).toContain(`${SECOND} is `);
  expect(messages).toContain(`billing calls as arn:aws:iam::${SECOND_ACCOUNT}:role/${SECOND}, which exists.`);
});

test('npm start -- --watch replaces the code of the second, too', async () => {
  const { cwd, env } = { cwd: process.cwd(), env: { ...process.env } };
  const stop = new AbortController();
  const source = join(bed.project.root, 'services/billing/src/caller.ts');
  const before = await readFile(source, 'utf8');
  const printed: string[] = [];
  process.chdir(bed.project.root);
  try {
    await watchFunctions({
      project: bed.project.root,
      localAwsRoot: bed.localAwsRoot,
      deployedAt: Date.now() + 1_000,
      aws: bed.aws.localAws,
      stop: stop.signal,
      print: (text) => printed.push(text),
    });
    await writeFile(source, "export const handler = async () => 'saved';\n");
    while (!printed.join('\n').includes(`${SECOND} has the new code`)) await setTimeout(50);
    expect(await call(bed, SECOND, 'getSender')).toBe('saved');
    await writeFile(source, before);
    while ((await call(bed, SECOND, 'getSender')) === 'saved') await setTimeout(50);
  } finally {
    stop.abort();
    process.chdir(cwd);
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, env);
  }
});

test('npm run handover hands over the second', async () => {
  const args = ['--stage', 'local', '--caller', 'billing'];
  const command = startCommand(bed.project, 'handover', args, { LOCAL_AWS_ROOT: bed.localAwsRoot });
  const exitCode = await command.ended;
  expect({ exitCode, ...command.output() }).toMatchObject({ exitCode: 0 });
});

test('in access mode resource-policy, each calls as itself, the second on its own route only', async () => {
  await setSettings(bed, { accessMode: 'resource-policy' });
  await deployPackages(bed);
  for (const [roleName, accountId] of [
    [FIRST, CALLER_ACCOUNT],
    [SECOND, SECOND_ACCOUNT],
  ] as const) {
    expect(await call(bed, roleName, 'getSender')).toMatchObject({
      body: { caller: { accountId, roleName } },
    });
  }
  expect(await call(bed, SECOND, 'postParcel')).toMatchObject({
    errorMessage: expect.stringContaining('is not authorized to perform: execute-api:Invoke'),
  });
});
