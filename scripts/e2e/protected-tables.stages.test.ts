import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import type { CheckResult } from '../../libs/cli/src/commands/check/check-result.ts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { callsOfAwsCli, carryOut } from './aws-cli.testing.ts';
import { API_ACCOUNT, edit, settledStackStatus, startTestBed, type TestBed } from './test-bed.testing.ts';
import { warmSls } from './warm-sls.testing.ts';

// npm run check starts the CLI for each service.
jest.mock('../../libs/cli/src/project/sls.ts', () => ({
  ...jest.requireActual('../../libs/cli/src/project/sls.ts'),
  sls: (...run: Parameters<typeof warmSls>) => warmSls(...run),
}));

let bed: TestBed;
let dynamoDb: DynamoDBClient;
let logs: CloudWatchLogsClient;
/** A log group that the stack cannot create while it exists. */
const taken = '/audit/depot';
beforeAll(async () => {
  bed = await startTestBed();
  dynamoDb = new DynamoDBClient(bed.administrator(API_ACCOUNT));
  logs = new CloudWatchLogsClient(bed.administrator(API_ACCOUNT));
  const local = { deletionProtection: true };
  await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local }));
  const resources = `
Resources:
  Audit:
    Type: AWS::Logs::LogGroup
    DependsOn: IdempotencyTable
    Properties: { LogGroupName: ${taken} }
`;
  await writeFile(join(bed.project.root, 'services/api/resources/audit.yml'), resources);
  const others = `  - \${file(./resources/idempotency.yml)}\n`;
  const audit = `${others}  - \${file(./resources/audit.yml)}\n`;
  await edit(bed.project, 'services/api/serverless.yml', others, audit);
});
afterAll(async () => {
  dynamoDb?.destroy();
  logs?.destroy();
  await bed?.close();
});

// The tests follow one stage: each one continues the one before it.

const tables = async () => (await dynamoDb.send(new ListTablesCommand({}))).TableNames ?? [];

/** The commands in a text: its lines that run the AWS CLI. Where they run is of no interest here. */
const commandsIn = (text: string) =>
  text.split('\n').flatMap((line) => /^ {2}\S.* (dynamodb .*)/.exec(line)?.slice(1) ?? []);

async function findings(): Promise<readonly CheckResult[]> {
  const { stdout } = await runInProcess(['check', '--json'], bed.project.root, {
    LOCAL_AWS_ROOT: bed.localAwsRoot,
  });
  return (JSON.parse(stdout) as { findings: readonly CheckResult[] }).findings.filter(
    ({ check }) => check === 'tables',
  );
}

async function runAll(commands: readonly string[]): Promise<void> {
  const settings = bed.administrator(API_ACCOUNT);
  const script = commands.map((command) => `aws ${command}`).join('\n');
  for (const call of await callsOfAwsCli(script, bed.project.root)) await carryOut(call, settings);
}

let printed: string;
let left: string;

test('a first deployment that fails names the protected table that it leaves, and the commands that delete it', async () => {
  await logs.send(new CreateLogGroupCommand({ logGroupName: taken }));
  const { exitCode, stdout, stderr } = await bed.sls(['deploy'], { service: 'api' });
  printed = stdout + stderr;
  expect(exitCode).toBe(1);
  const { api } = stageNames('local', bed.project.root);
  expect(await settledStackStatus(bed, API_ACCOUNT, api)).toBe('UPDATE_ROLLBACK_COMPLETE');
  [left = ''] = await tables();
  expect(left).toMatch(/^depot-local-IdempotencyTable-/);
  expect(printed).toContain(`which are protected (deletionProtection): ${left}.`);
  expect(commandsIn(printed)).toContain(`dynamodb delete-table --table-name ${left}`);
});

test('check names it, too, with the same commands', async () => {
  const [finding, ...others] = await findings();
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ status: 'warn', message: expect.stringContaining(`has left ${left}:`) });
  expect(commandsIn(finding?.remedy ?? '')).toEqual(commandsIn(printed));
});

test('after the commands, nothing is left, and the stage has one table', async () => {
  await runAll(commandsIn(printed));
  await logs.send(new DeleteLogGroupCommand({ logGroupName: taken }));
  await bed.deploy();
  const [table, ...others] = await tables();
  expect(others).toEqual([]);
  expect(table).not.toBe(left);
  expect(await findings()).toEqual([expect.objectContaining({ status: 'pass' })]);
});

test('a later deployment that fails does not name the table that the stage has had before', async () => {
  const other = '/audit/other';
  await logs.send(new CreateLogGroupCommand({ logGroupName: other }));
  await edit(bed.project, 'services/api/resources/audit.yml', 'Audit:', 'Other:');
  await edit(bed.project, 'services/api/resources/audit.yml', taken, other);
  const { exitCode, stdout, stderr } = await bed.sls(['deploy'], { service: 'api' });
  expect([exitCode, stdout + stderr]).toEqual([1, expect.stringContaining(other)]);
  expect(stdout + stderr).not.toContain('deletionProtection');
});
