import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { callsDuring } from './calls-during.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import {
  API_ACCOUNT,
  apiOutput,
  apiOutputs,
  CALLER_ACCOUNT,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';

jest.setTimeout(300_000);

const certificateArn = `arn:aws:acm:us-east-1:${API_ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`;

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.close());

// The tests follow one stage: each one continues the one before it.

async function writeStages(settings: object): Promise<void> {
  await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: settings }));
}

async function editApi(change: (text: string) => string): Promise<void> {
  const file = join(bed.project.root, 'services/api/serverless.yml');
  const text = await readFile(file, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error('services/api/serverless.yml is not as the test knows it.');
  await writeFile(file, changed);
}

/** Says what `sls deploy` of the API answers, which must change nothing. */
async function announced(): Promise<string> {
  const before = await updatedAt();
  const { exitCode, stdout, stderr } = await bed.sls(['deploy'], { service: 'api' });
  expect(exitCode).toBe(1);
  expect(await updatedAt()).toEqual(before);
  return stdout + stderr;
}

async function updatedAt(): Promise<Date | undefined> {
  const cloudFormation = new CloudFormationClient(bed.administrator(API_ACCOUNT));
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: 'depot-local' }));
    return Stacks?.[0]?.LastUpdatedTime ?? Stacks?.[0]?.CreationTime;
  } finally {
    cloudFormation.destroy();
  }
}

/** Makes calls during a change, in each of its states. @returns the number of calls, and of those that failed */
async function callsIn(...states: readonly (() => Promise<unknown>)[]) {
  const { answers } = await callsDuring(bed, async (eachCalls) => {
    for (const state of states) {
      await state();
      await eachCalls();
    }
  });
  const all = answers.flat();
  const failed = all.filter(({ payload }) => (payload as { status?: number } | null)?.status !== 200);
  expect(all.length).toBeGreaterThan(states.length);
  return failed.length;
}

const api = () => deployPackages(bed, { only: 'api' });
const caller = () => deployPackages(bed, { only: 'caller' });
/** AWS's URL of the API, as the docs' `--param apiUrl`. */
const awsUrl = async () => {
  const [, , , region, , id] = (await apiOutput(bed, 'ApiArn')).split(/[:/]/);
  return `https://${id}.execute-api.${region}.amazonaws.com/local`;
};

test('a domain that takes the place of AWS’s URL at once is announced; in two deployments, no call fails', async () => {
  await writeStages({});
  await deployPackages(bed);
  const domain = { name: 'api.example.com', certificateArn };
  await writeStages({ customDomain: { ...domain, disableDefaultEndpoint: true } });
  const text = await announced();
  expect(text).toContain('This deployment would interrupt callers:');
  expect(text).toContain("no longer answers at AWS's URL");
  expect(text).toContain('INTERRUPT_CALLERS=yes npx sls deploy --stage local');

  await writeStages({ customDomain: domain });
  const disabled = () => writeStages({ customDomain: { ...domain, disableDefaultEndpoint: true } });
  expect(await callsIn(api, caller, disabled, api, caller)).toBe(0);
});

test('a changed base path is announced, and interrupts the calls between the two deployments; by way of AWS’s URL, no call fails', async () => {
  const domain = { name: 'api.example.com', certificateArn };
  const basePath = (path: string, disableDefaultEndpoint = false) =>
    writeStages({ customDomain: { ...domain, basePath: path, disableDefaultEndpoint } });
  // Nobody is told of this one: the calls between the deployments fail.
  await basePath('v1', true);
  expect(await announced()).toContain(
    'no longer answers at https://api.example.com: it gets https://api.example.com/v1',
  );
  expect(await callsIn(api)).toBeGreaterThan(0);
  await caller();

  const onAwsUrl = async () => deployPackages(bed, { only: 'caller', params: { apiUrl: await awsUrl() } });
  expect(
    await callsIn(
      () => basePath('v1'),
      api,
      onAwsUrl,
      () => basePath('v2'),
      api,
      caller,
    ),
  ).toBe(0);
});

test('a deployment that may interrupt callers says so, and goes on', async () => {
  await writeStages({ customDomain: { name: 'new.example.com', certificateArn } });
  const { exitCode, stdout, stderr } = await bed.sls(['deploy'], {
    service: 'api',
    environment: { INTERRUPT_CALLERS: 'yes' },
  });
  expect([exitCode, stdout + stderr]).toEqual([
    0,
    expect.stringContaining('This deployment interrupts callers:'),
  ]);
  await caller();
});

test('a replaced invoke role is announced; with a second role beside it, no call fails', async () => {
  const { InvokeRoleArn } = await apiOutputs(bed);
  const [role, other] = ['invoke', 'calls'].map((name) => `RoleName: \${self:service}-\${sls:stage}-${name}`);
  const replaced = (back = false) =>
    editApi((text) => text.replace(...((back ? [other, role] : [role, other]) as [string, string])));
  const customDomain = { name: 'new.example.com', certificateArn };
  const next = { accountId: CALLER_ACCOUNT, roleName: 'shop-local', externalId: 'local-external-id' };
  await writeStages({ customDomain });
  await replaced();
  expect(await announced()).toContain('The role InvokeRole is replaced, because its RoleName changes');

  await replaced(true);
  await writeStages({ customDomain, callers: { next } });
  const failed = await callsIn(
    api,
    () => deployPackages(bed, { only: 'caller', params: { invokeRoleArn: `${InvokeRoleArn}.next` } }),
    replaced,
    api,
    caller,
    () => writeStages({ customDomain }),
    api,
  );
  expect(failed).toBe(0);
  await replaced(true);
  await deployPackages(bed);
});

/** Gives a service another name, in the line `service:`. */
async function rename(service: 'api' | 'caller', from: string, to: string): Promise<void> {
  const file = join(bed.project.root, 'services', service, 'serverless.yml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(`service: ${from}`, `service: ${to}`));
}

/** Removes a service as a clone of the commit before it was renamed does. */
async function removeOld(service: 'api' | 'caller', old: string, now: string): Promise<void> {
  await rename(service, now, old);
  const { exitCode, stdout, stderr } = await bed.sls(['remove'], { service });
  expect([exitCode, stdout + stderr]).toEqual([0, expect.any(String)]);
  await rename(service, old, now);
}

test('a renamed caller service is announced; with the old role trusted beside the new one, both callers get in, and the old stack can go', async () => {
  const customDomain = { name: 'new.example.com', certificateArn };
  await rename('caller', 'shop', 'store');
  expect(await announced()).toContain('or the line "service:" from which it follows');
  await writeStages({ customDomain, previousCallerRoleName: 'shop-local' });
  await api();
  await writeStages({ customDomain });
  await caller();
  for (const name of ['shop-local', 'store-local']) {
    const { payload } = await bed.aws
      .as(CALLER_ACCOUNT)
      .invoke(`arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:${name}`, {});
    expect(payload).toMatchObject({ status: 200 });
  }
  await removeOld('caller', 'shop', 'store');
  expect(await callsIn(api)).toBe(0);
});

test('a renamed API service is announced as a second API; no call fails while both answer, and none after the old one is removed', async () => {
  // The stack of the old name keeps the domain.
  await writeStages({});
  await deployPackages(bed);
  // As `sls deploy` notes the outputs.
  await bed.sls(['info'], { service: 'api' });
  await rename('api', 'depot', 'warehouse');
  const { exitCode, stdout, stderr } = await bed.sls(['deploy'], { service: 'api' });
  expect([exitCode, stdout + stderr]).toEqual([
    1,
    expect.stringContaining('The stack depot-local is this stage under its old name'),
  ]);
  expect(await callsIn(api, caller, () => removeOld('api', 'depot', 'warehouse'))).toBe(0);
});
