import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { callsDuring } from './calls-during.testing.ts';
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

jest.setTimeout(300_000);

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

/** Makes calls during a change, in each of its states. @returns the number of those that failed */
async function failedIn(...states: readonly (() => Promise<unknown>)[]): Promise<number> {
  const { answers } = await callsDuring(bed, async (eachCalls) => {
    for (const state of states) {
      await state();
      await eachCalls();
    }
  });
  const all = answers.flat();
  expect(all.length).toBeGreaterThan(states.length);
  return all.filter(({ payload }) => (payload as { status?: number } | null)?.status !== 200).length;
}

/** Lets the caller's role assume another role, too, while work is done: the statement of services/README.md. */
async function mayAssume(roleArn: string, work: () => Promise<unknown>): Promise<void> {
  const file = 'services/caller/serverless.yml';
  const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn };
  const more = `    iamRoleStatements: ${JSON.stringify([statement])}\n`;
  await edit(bed.project, file, /^ {4}calls: .*\n/m, `    calls: [api]\n${more}`);
  await work();
  await edit(bed.project, file, more, '');
}

test('a rollback of the API that takes the domain away stops; by way of AWS’s URL, no call fails', async () => {
  await writeStages({});
  await deploy('api');
  await deploy('caller');
  const first = await firstVersion('api');
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
  const failed = await failedIn(
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
  expect(failed).toBe(0);
});

test('a rollback of the caller to an external ID that the API has forgotten stops', async () => {
  await writeStages({ externalId: 'new-id', previousExternalId: 'local-external-id' });
  await deploy('api');
  const first = await firstVersion('caller');
  await deploy('caller');
  await writeStages({ externalId: 'new-id' });
  await deploy('api');
  const output = await stopped('caller', ['rollback', '--timestamp', first]);
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
  await mayAssume(`${InvokeRoleArn}.old`, async () => {
    const failed = await failedIn(
      () => callers('old', 'new'),
      api,
      () => assuming('new'),
      () => callers('new'),
      api,
    );
    expect(failed).toBe(0);
  });
});

test('in a fresh clone, the deployed caller knows the API that was renamed: no call fails, and it stays until it may leave', async () => {
  await writeStages({ externalId: 'new-id' });
  await deployPackages(bed);
  const { InvokeRoleArn } = await apiOutputs(bed);
  await edit(bed.project, 'services/api/serverless.yml', 'service: depot', 'service: warehouse');
  await rm(join(bed.project.root, 'services/.serverless'), { recursive: true });
  await mayAssume(InvokeRoleArn, async () => {
    const failed = await failedIn(
      () => deploy('api'),
      async () => {
        const { exitCode, output } = await run('caller', ['deploy']);
        expect([exitCode, output]).toEqual([
          1,
          expect.stringContaining(
            `leaves the API depot-local of account ${API_ACCOUNT} for warehouse-local of account ${API_ACCOUNT}`,
          ),
        ]);
        expect(output).toContain(`{ Effect: Allow, Action: sts:AssumeRole, Resource: ${InvokeRoleArn} }`);
      },
      () => deploy('caller', { INTERRUPT_CALLERS: 'yes' }),
    );
    expect(failed).toBe(0);
  });
  const noted = await readFile(
    join(bed.project.root, 'services/.serverless/api-outputs.local.us-east-1.json'),
    'utf8',
  );
  expect(noted).toContain('warehouse-local-invoke');
});
