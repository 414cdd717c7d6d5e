import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { failedCallsIn, whileAssuming } from './calls-during.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import {
  API_ACCOUNT,
  apiOutput,
  apiOutputs,
  CALLER_ACCOUNT,
  edit,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';

const certificateArn = `arn:aws:acm:us-east-1:${API_ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`;
const customDomain = { name: 'api.example.com', certificateArn };

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.close());

// The tests follow one stage: each one continues the one before it.

const writeStages = (settings: object) =>
  writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: settings }));

/** Runs the CLI in the folder of a service, and gives back its whole output. */
async function run(service: 'api' | 'caller', args: readonly string[], environment = {}) {
  const { exitCode, stdout, stderr } = await bed.sls(args, { service, environment });
  return { exitCode, output: stdout + stderr };
}

async function deploy(service: 'api' | 'caller', environment = {}): Promise<void> {
  const { exitCode, output } = await run(service, ['deploy'], environment);
  if (exitCode !== 0) throw new Error(output);
}

/** The caller's first deployment. Packages that `deployPackages` takes from its cache can have an earlier time. */
let firstOfCaller: string;

/** The time of the first deployment of a service. */
async function firstVersion(service: 'api' | 'caller'): Promise<string> {
  const { output } = await run(service, ['deploy', 'list']);
  const [, timestamp] = /Timestamp: (\d+)/.exec(output) ?? [];
  if (timestamp === undefined) throw new Error(output);
  return timestamp;
}

const stackOf = { api: [API_ACCOUNT, 'depot-local'], caller: [CALLER_ACCOUNT, 'shop-local'] } as const;

async function updatedAt(service: 'api' | 'caller'): Promise<Date | undefined> {
  const [account, StackName] = stackOf[service];
  const cloudFormation = new CloudFormationClient(bed.administrator(account));
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return Stacks?.[0]?.LastUpdatedTime ?? Stacks?.[0]?.CreationTime;
  } finally {
    cloudFormation.destroy();
  }
}

/** What a command says that must change nothing. */
async function stopped(service: 'api' | 'caller', args: readonly string[]): Promise<string> {
  const before = await updatedAt(service);
  const { exitCode, output } = await run(service, args);
  expect([exitCode, output]).toEqual([1, expect.any(String)]);
  expect(output).toContain('Nothing has been changed.');
  expect(await updatedAt(service)).toEqual(before);
  return output;
}

test('a rollback of the API that takes the domain away stops; by way of AWS’s URL, no call fails', async () => {
  await writeStages({});
  await deploy('api');
  await deploy('caller');
  const first = await firstVersion('api');
  firstOfCaller = await firstVersion('caller');
  await writeStages({ customDomain, externalId: 'new-id', previousExternalId: 'local-external-id' });
  await deploy('api');
  await deploy('caller');

  const rollback = ['rollback', '--timestamp', first];
  const output = await stopped('api', rollback);
  expect(output).toContain('This rollback would interrupt callers:');
  expect(output).toContain('no longer answers at https://api.example.com: the API loses its domain');
  expect(output).toContain('no longer admits the external ID with which the caller runs');
  expect(output).toContain(`INTERRUPT_CALLERS=yes npx sls rollback --stage local --timestamp ${first}`);

  const [, , , region, , id] = (await apiOutput(bed, 'ApiArn')).split(/[:/]/);
  const apiUrl = `https://${id}.execute-api.${region}.amazonaws.com/local`;
  const failed = await failedCallsIn(
    bed,
    // The rollback brings the old external ID back, too.
    () => writeStages({ customDomain }),
    () => deployPackages(bed, { only: 'caller', params: { apiUrl } }),
    async () => {
      const result = await run('api', rollback, { INTERRUPT_CALLERS: 'yes' });
      expect([result.exitCode, result.output]).toEqual([
        0,
        expect.stringContaining('This rollback interrupts callers:'),
      ]);
    },
  );
  expect(failed).toEqual([]);
});

test('a rollback of the caller to an external ID that the API has forgotten stops', async () => {
  await writeStages({ externalId: 'new-id', previousExternalId: 'local-external-id' });
  await deploy('api');
  await deploy('caller');
  await writeStages({ externalId: 'new-id' });
  await deploy('api');
  const output = await stopped('caller', ['rollback', '--timestamp', firstOfCaller]);
  expect(output).toContain('gets back earlier values of EXTERNAL_ID');
  expect(output).not.toContain('local-external-id');
});

test('a package that was made before stops as a deployment of its sources does', async () => {
  await writeStages({ externalId: 'third-id' });
  expect(await run('api', ['package', '--package', 'made-before'])).toMatchObject({ exitCode: 0 });
  expect(await stopped('api', ['deploy', '--package', 'made-before'])).toContain(
    'no longer admits the external ID with which the caller runs',
  );
  await writeStages({ externalId: 'new-id' });
});

test('a template that cannot be read at the moment stops the deployment, with what helps against that', async () => {
  bed.aws.faults.set({
    rules: [
      {
        match: { service: 'cloudformation', operation: 'GetTemplate' },
        effect: { type: 'error', status: 403, code: 'ExpiredToken' },
      },
    ],
  });
  try {
    const output = await stopped('api', ['deploy']);
    expect(output).toContain('it is not known whether this deployment interrupts callers');
    expect(output).toContain('Get new ones');
    expect(output).not.toContain('cloudformation:GetTemplate');
  } finally {
    bed.aws.faults.clear();
  }
});

test('an entry of callers that gets another name is announced; with both names for a while, no call fails', async () => {
  const entry = { accountId: CALLER_ACCOUNT, roleName: 'shop-local', externalId: 'new-id' };
  const callers = (...names: readonly string[]) =>
    writeStages({ externalId: 'new-id', callers: Object.fromEntries(names.map((name) => [name, entry])) });
  const api = () => deployPackages(bed, { only: 'api' });
  const { InvokeRoleArn } = await apiOutputs(bed);
  const assuming = (name: string) =>
    deployPackages(bed, { only: 'caller', params: { invokeRoleArn: `${InvokeRoleArn}.${name}` } });
  await callers('old');
  await api();
  await assuming('old');
  await callers('new');
  expect(await stopped('api', ['deploy'])).toContain('The role InvokeRoleOld is replaced by InvokeRoleNew');
  await whileAssuming(bed, [`${InvokeRoleArn}.old`], async () => {
    const failed = await failedCallsIn(
      bed,
      () => callers('old', 'new'),
      api,
      () => assuming('new'),
      () => callers('new'),
      api,
    );
    expect(failed).toEqual([]);
  });
});

test('in a fresh clone, the deployed caller knows the API that was renamed: no call fails, and it stays until it may leave', async () => {
  await writeStages({ externalId: 'new-id' });
  await deployPackages(bed);
  const { InvokeRoleArn } = await apiOutputs(bed);
  await edit(bed.project, 'services/api/serverless.yml', 'service: depot', 'service: warehouse');
  await rm(join(bed.project.root, 'services/.serverless'), { recursive: true });
  await whileAssuming(bed, [InvokeRoleArn], async () => {
    const failed = await failedCallsIn(
      bed,
      () => deploy('api'),
      async () => {
        const { exitCode, output } = await run('caller', ['deploy']);
        expect([exitCode, output]).toEqual([
          1,
          expect.stringContaining(
            `leaves the API depot-local of account ${API_ACCOUNT} for warehouse-local of account ${API_ACCOUNT}`,
          ),
        ]);
      },
      () => deploy('caller', { INTERRUPT_CALLERS: 'yes' }),
    );
    expect(failed).toEqual([]);
  });
  const noted = await readFile(
    join(bed.project.root, 'services/.serverless/api-outputs.local.us-east-1.json'),
    'utf8',
  );
  expect(noted).toContain('warehouse-local-invoke');
});
