import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CloudFormationClient, paginateListStacks } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { IAMClient, paginateListRoles } from '@aws-sdk/client-iam';
import { type RunningCommand, startProgram } from '../e2e/command.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, startTestBed, type TestBed } from '../e2e/test-bed.testing.ts';
import { projectRoot } from '../lib/project.ts';
import { knownDifferences } from './known-differences.ts';
import { compareRecordings, sortDifferences } from './recording/compare.ts';
import { readRecording } from './recording/recording.ts';

jest.setTimeout(1_800_000);

/** What the owner has, and a recording must not. Each has a form that is no public word. */
const planted = {
  externalId: 'planted-external-id-7f3a',
  tags: { owner: 'planted.person@example.org', 'planted-key': 'planted value' },
};

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
  await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: planted }));
});
afterAll(() => bed?.close());

const start = (...args: readonly string[]): RunningCommand =>
  startProgram(bed.project, [process.execPath, join(projectRoot, 'scripts/conformance.ts'), ...args], {
    LOCAL_AWS_ROOT: bed.localAwsRoot,
  });
const recordingFile = () => join(bed.project.root, 'conformance-local.json');
const stateFolder = () => join(bed.project.root, '.local-aws/conformance/local');

/** Waits until local AWS has answered a further request of an operation. */
async function asked(operation: string, run: RunningCommand): Promise<void> {
  const before = bed.aws.calls().length;
  let isOver = false;
  void run.ended.then(() => {
    isOver = true;
  });
  while (
    !bed.aws
      .calls()
      .slice(before)
      .some((each) => each.operation === operation)
  ) {
    if (isOver) throw new Error(JSON.stringify(run.output()));
    await setTimeout(20);
  }
}

/** Everything of a stage that can outlive it. */
async function leftIn(accountId: string): Promise<readonly unknown[]> {
  const settings = bed.administrator(accountId);
  const clients = [CloudFormationClient, CloudWatchLogsClient, DynamoDBClient, IAMClient] as const;
  const [stacks, logs, tables, roles] = [
    new clients[0](settings),
    new clients[1](settings),
    new clients[2](settings),
    new clients[3](settings),
  ];
  const left: unknown[] = [];
  for await (const { StackSummaries = [] } of paginateListStacks({ client: stacks }, {})) {
    left.push(...StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE'));
  }
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client: logs }, {}))
    left.push(...logGroups);
  left.push(...((await tables.send(new ListTablesCommand({}))).TableNames ?? []));
  for await (const { Roles = [] } of paginateListRoles({ client: roles }, {})) {
    left.push(...Roles.map(({ RoleName }) => RoleName).filter((name) => name?.includes('-local')));
  }
  for (const client of [stacks, logs, tables, roles]) client.destroy();
  return left;
}

/** The texts that nobody but the owner may see. */
function secrets(): readonly string[] {
  const keys = [API_ACCOUNT, CALLER_ACCOUNT].map((account) => bed.aws.as(account).sdk.credentials);
  return [
    ...[API_ACCOUNT, CALLER_ACCOUNT, 'depot', 'shop', 'parcel', 'Parcel'],
    ...[planted.externalId, planted.tags.owner, 'planted'],
    ...keys.flatMap(({ accessKeyId, secretAccessKey }) => [accessKeyId, secretAccessKey]),
  ];
}

test('a run that is interrupted twice goes on where it was, does every step, and leaves nothing in both accounts', async () => {
  const first = start('--stage', 'local', '--yes');
  await first.printed('check: cross-account check');
  await asked('CreateChangeSet', first);
  first.terminate();
  expect(await first.ended).toBe(130);
  expect(first.output().stderr).toContain('npm run conformance -- --stage local --remove');
  // What it must remember is for this user alone, and what it has recorded is redacted already.
  for (const name of ['state.json', 'exchanges.jsonl', 'recorder.json']) {
    expect(statSync(join(stateFolder(), name)).mode & 0o777).toBe(0o600);
  }
  const recorded = readFileSync(join(stateFolder(), 'exchanges.jsonl'), 'utf8');
  expect(secrets().filter((secret) => recorded.includes(secret))).toEqual([]);

  const second = start('--stage', 'local', '--yes');
  await second.printed('call the route that is gone');
  await asked('ExecuteChangeSet', second);
  second.interrupt();
  expect(await second.ended).toBe(130);
  expect(second.output().stdout).not.toContain('check: cross-account check');

  const last = start('--stage', 'local', '--yes');
  expect([await last.ended, last.output()]).toEqual([0, expect.anything()]);
  expect(last.output().stdout).not.toContain('verify: cross-account verify');
  expect(last.output().stdout).toContain('nothing is left of it');
  for (const account of [API_ACCOUNT, CALLER_ACCOUNT]) expect(await leftIn(account)).toEqual([]);
  expect(existsSync(stateFolder())).toBe(false);
});

test('the recording has requests and answers of each service, and no name, ID or key of the owner', async () => {
  const text = readFileSync(recordingFile(), 'utf8');
  expect(secrets().filter((secret) => text.includes(secret))).toEqual([]);
  const encoded = secrets().map((secret) => Buffer.from(secret).toString('base64').slice(0, -4));
  expect(encoded.filter((secret) => secret.length > 8 && text.includes(secret))).toEqual([]);
  const { exchanges, findings } = await readRecording(recordingFile());
  expect(findings).toEqual([]);
  expect(new Set(exchanges.map(({ service }) => service))).toEqual(
    new Set(['sts', 'iam', 'apigateway', 'lambda', 'cloudformation', 'execute-api']),
  );
  expect(exchanges).toContainEqual(
    expect.objectContaining({
      step: 'verify',
      operation: 'AssumeRole',
      answer: expect.objectContaining({ status: 403 }),
    }),
  );
});

test('a difference that is planted in local AWS is found by a replay, and no other is', async () => {
  const message = 'Nobody at AWS says this.';
  const planted403 = 'lambda GET /2019-09-30/functions/*/concurrency';
  bed.aws.faults.set({
    rules: [
      {
        match: { service: 'lambda', operation: 'GetFunctionConcurrency' },
        effect: { type: 'error', status: 403, code: 'AccessDeniedException', message },
      },
    ],
  });
  const replay = start('--recording', 'conformance-local.json', '--compare', 'local', '--yes');
  const code = await replay.ended;
  bed.aws.faults.clear();
  const { stdout } = replay.output();
  const found = stdout.split('\n').filter((line) => /^✘ .* answers /.test(line));
  expect([code, found]).toEqual([1, expect.arrayContaining([expect.stringContaining(planted403)])]);
  // The steps that were interrupted asked some things twice.
  const others = found.filter(
    (line) => !line.includes(planted403) && !/\((?:deploy|retained data)\)$/.test(line),
  );
  expect(others).toEqual([]);
  for (const account of [API_ACCOUNT, CALLER_ACCOUNT]) expect(await leftIn(account)).toEqual([]);
});

test('local AWS answers as each recording of this repository does, or the difference is known and still there', async () => {
  const local = await readRecording(recordingFile());
  const recordings = globSync('*.json', { cwd: join(import.meta.dirname, 'recordings') });
  for (const file of recordings) {
    const recording = await readRecording(join(import.meta.dirname, 'recordings', file));
    expect({
      file,
      unknown: sortDifferences(compareRecordings(recording, local), knownDifferences).unknown,
    }).toEqual({
      file,
      unknown: [],
    });
  }
});
