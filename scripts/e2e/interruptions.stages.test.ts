import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { failedCallsIn, whileAssuming } from './calls-during.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import {
  API_ACCOUNT,
  apiOutput,
  apiOutputs,
  CALLER_ACCOUNT,
  replaceFile,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';

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
  await replaceFile(file, changed);
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
  expect(await failedCallsIn(bed, api, caller, disabled, api, caller)).toEqual([]);
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
  expect(await failedCallsIn(bed, api)).not.toEqual([]);
  await caller();

  const onAwsUrl = async () => deployPackages(bed, { only: 'caller', params: { apiUrl: await awsUrl() } });
  expect(
    await failedCallsIn(
      bed,
      () => basePath('v1'),
      api,
      onAwsUrl,
      () => basePath('v2'),
      api,
      caller,
    ),
  ).toEqual([]);
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
  const customDomain = { name: 'new.example.com', certificateArn };
  const next = { accountId: CALLER_ACCOUNT, roleName: 'shop-local', externalId: 'local-external-id' };
  const role = `RoleName: \${self:service}-\${sls:stage}-invoke`;
  const other = role.replace(/invoke$/, 'calls');
  const replaced = () => editApi((text) => text.replace(role, other));
  const back = () => editApi((text) => text.replace(other, role));
  await writeStages({ customDomain });
  await replaced();
  const text = await announced().finally(back);
  expect(text).toContain('The role InvokeRole is replaced, because its RoleName changes');
  expect(text).toContain('{ Effect: Allow, Action: sts:AssumeRole, Resource: [<output InvokeRoleArn>, ');

  const nextArn = `${InvokeRoleArn}.next`;
  try {
    await writeStages({ customDomain, callers: { next } });
    await whileAssuming(bed, [InvokeRoleArn, nextArn], async () => {
      const failed = await failedCallsIn(
        bed,
        api,
        () => deployPackages(bed, { only: 'caller', params: { invokeRoleArn: nextArn } }),
        replaced,
        api,
        caller,
      );
      expect(failed).toEqual([]);
    });
    await writeStages({ customDomain });
    expect(await failedCallsIn(bed, caller, api)).toEqual([]);
  } finally {
    await back();
    await deployPackages(bed);
  }
});

/** Gives a service another name, in the line `service:`. */
async function rename(service: 'api' | 'caller', from: string, to: string): Promise<void> {
  const file = join(bed.project.root, 'services', service, 'serverless.yml');
  await replaceFile(file, (await readFile(file, 'utf8')).replace(`service: ${from}`, `service: ${to}`));
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
  expect(await failedCallsIn(bed, api)).toEqual([]);
});

test('a renamed API service is announced as a second API; no call fails while both answer, and none after the old one is removed', async () => {
  // The stack of the old name keeps the domain.
  await writeStages({});
  await deployPackages(bed);
  const { InvokeRoleArn } = await apiOutputs(bed);
  // As `sls deploy` notes the outputs.
  await bed.sls(['info'], { service: 'api' });
  await rename('api', 'depot', 'warehouse');
  const { exitCode, stdout, stderr } = await bed.sls(['deploy'], { service: 'api' });
  expect([exitCode, stdout + stderr]).toEqual([
    1,
    expect.stringContaining('The stack depot-local is this stage under its old name'),
  ]);
  // In stage local, a restart is all. Here, the steps of the other stages are played.
  expect(stdout + stderr).toContain('Stop npm start and start it again');
  await whileAssuming(bed, [InvokeRoleArn], async () => {
    expect(await failedCallsIn(bed, api, caller, () => removeOld('api', 'depot', 'warehouse'))).toEqual([]);
  });
  expect(await failedCallsIn(bed, caller)).toEqual([]);
});
