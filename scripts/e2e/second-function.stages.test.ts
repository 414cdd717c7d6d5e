import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { CALLER_ACCOUNT, edit, startTestBed, type TestBed } from './test-bed.testing.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
  await edit(
    bed.project,
    'services/caller/serverless.yml',
    'functions:\n',
    `functions:
  report:
    handler: src/caller.handler
    calls: [api]
`,
  );
});
afterAll(() => bed?.close());

/** Makes the report function send a call. @returns the status and the role that the API saw, or the error's first line */
async function reports(operation: string, region = 'us-east-1'): Promise<unknown> {
  const functionArn = `arn:aws:lambda:${region}:${CALLER_ACCOUNT}:function:shop-local-report`;
  const { payload } = await bed.aws.as(CALLER_ACCOUNT).invoke(functionArn, { operation });
  const { status, body, errorMessage } = payload as {
    readonly status?: number;
    readonly body?: { readonly caller?: { readonly roleName?: string } };
    readonly errorMessage?: string;
  };
  return status === undefined ? errorMessage?.split('\n')[0] : [status, body?.caller?.roleName];
}

const setStage = (stage: object) =>
  writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: stage }));

const report = { function: 'report', externalId: 'external-id-of-report', routes: ['GET /sender'] };

test('a second function that no entry of stages.yml grants is not packaged', async () => {
  const { exitCode, stdout, stderr } = await bed.sls(['package'], { service: 'caller', environment: {} });
  expect(stdout + stderr).toContain(
    'The function "report" calls the API, and services/stages.yml does not grant it: no entry of local.callers has it.',
  );
  expect(exitCode).toBe(1);
});

test('it is not packaged with an API that was deployed without its entry, and called once both are deployed', async () => {
  await setStage({});
  expect(await bed.sls(['deploy'], { service: 'api' })).toMatchObject({ exitCode: 0 });
  await setStage({ callers: { report } });
  const { exitCode, stdout, stderr } = await bed.sls(['package'], { service: 'caller' });
  expect(stdout + stderr).toContain(
    'the api service has not been deployed with local.callers.report, which grants the function "report". Deploy both services: npx sls deploy --stage local.',
  );
  expect(exitCode).toBe(1);
  await bed.deploy();
  expect(await reports('getSender')).toEqual([200, 'depot-local-invoke.report']);
});

test.each([
  ['assume-role', 'depot-local-invoke.report'],
  ['resource-policy', 'shop-local-report'],
])('in access mode %s, it may call the routes of its entry, and no others', async (accessMode, role) => {
  await setStage({ accessMode, callers: { report } });
  await deployPackages(bed);
  expect(await reports('getSender')).toEqual([200, role]);
  expect(await reports('postParcel')).toMatch(/answered 403: AccessDeniedException/);

  const run = (...args: readonly string[]) =>
    runInProcess(args, bed.project.root, { LOCAL_AWS_ROOT: bed.localAwsRoot });
  const explained = await run('explain', '--stage', 'local', '--caller', 'report', '--json');
  expect({ exitCode: explained.exitCode, ...JSON.parse(explained.stdout) }).toMatchObject({
    exitCode: 0,
    state: 'holds',
  });
  // Its account is read, too.
  expect(explained.stdout).not.toContain('"callerPart"');
  expect(explained.stdout).toContain('shop-local-report');
  const verified = JSON.parse((await run('verify', '--json')).stdout);
  expect(verified.probes.filter(({ pass }: { readonly pass: boolean }) => !pass)).toEqual([]);
  expect(verified.notes.join()).toContain('--stage local --caller report');
  const ofReport = await run(
    'verify',
    '--caller',
    'report',
    '--event',
    '{"operation":"getSender"}',
    '--json',
  );
  const { pass, probes } = JSON.parse(ofReport.stdout);
  expect({ exitCode: ofReport.exitCode, pass }).toEqual({ exitCode: 0, pass: true });
  expect(probes.map(({ name }: { readonly name: string }) => name)).toContain('the event of --event');
});

test('in an additional region, it has a role of that region, and calls that region’s API', async () => {
  await setStage({ callers: { report } });
  await deployPackages(bed, { region: 'eu-west-1' });
  expect(await reports('getSender', 'eu-west-1')).toEqual([200, 'depot-local-invoke.report_eu-west-1']);
});

test('its role can be renamed: the previous one stays until it is no longer listed', async () => {
  const roles = async () => {
    const { IAMClient, ListRolesCommand } = await import('@aws-sdk/client-iam');
    const iam = new IAMClient(bed.administrator(CALLER_ACCOUNT));
    const { Roles = [] } = await iam.send(new ListRolesCommand({}));
    return Roles.flatMap(({ RoleName = '' }) => (/report/.test(RoleName) ? [RoleName] : [])).sort();
  };
  await setStage({ callers: { report } });
  await deployPackages(bed);
  const rename = { ...report, roleName: 'shop-local-report-2' };
  const { answers, refused } = await reportsDuring(async (call) => {
    await setStage({ callers: { report: { ...rename, previousRoleName: 'shop-local-report' } } });
    await deployPackages(bed);
    expect(await roles()).toEqual([
      'shop-local-report',
      'shop-local-report-2',
      'shop-local-report_eu-west-1',
    ]);
    await call();
    await setStage({ callers: { report: rename } });
    await deployPackages(bed);
    expect(await roles()).toEqual(['shop-local-report-2', 'shop-local-report_eu-west-1']);
    await call();
  });
  expect(answers.length).toBeGreaterThan(3);
  for (const answer of answers) expect(answer).toEqual([200, 'depot-local-invoke.report']);
  expect(refused).toEqual([]);
});

/**
 * Lets the report function call again and again while something changes. It starts cold and its credentials expire all the time, so its
 * calls assume the role.
 * @param change gets a function that makes one more call
 * @returns the answers, and the requests to STS that were refused, also if a retry hid them
 */
async function reportsDuring(change: (call: () => Promise<void>) => Promise<void>) {
  const before = bed.aws.calls().length;
  bed.aws.faults.set({
    maxSessionSeconds: 3,
    rules: [{ match: { function: '*-report' }, every: 2, effect: { type: 'kill-function', when: 'idle' } }],
  });
  const answers: unknown[] = [];
  const call = async () => void answers.push(await reports('getSender'));
  let changing = true;
  const loop = (async () => {
    for (; changing; await setTimeout(300)) await call();
  })();
  try {
    await change(call);
  } finally {
    changing = false;
    await loop;
    bed.aws.faults.clear();
  }
  const requests = bed.aws.calls().slice(before);
  const refused = requests.filter(({ operation, status }) => operation === 'AssumeRole' && status === 403);
  return { answers, refused };
}
