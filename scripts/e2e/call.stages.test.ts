import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, edit, startTestBed, type TestBed } from './test-bed.testing.ts';

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
  const reports = { function: 'report', externalId: 'external-id-of-report', routes: ['GET /sender'] };
  const partner = { accountId: CALLER_ACCOUNT, roleName: 'partner', externalId: 'external-id-of-partner' };
  await writeFile(
    join(bed.project.root, 'services/stages.yml'),
    JSON.stringify({ local: { callers: { reports, partner } } }),
  );
  await deployPackages(bed);
});
afterAll(() => bed?.close());

const call = (...args: readonly string[]) =>
  runInProcess(['call', ...args], bed.project.root, { LOCAL_AWS_ROOT: bed.aws.root });

test('an operation is called by its name: answer, decision and time are printed, with the statements that decide', async () => {
  const { exitCode, stdout } = await call('getSender');
  expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
  expect(stdout).toContain('getSender (GET /sender), stage local, as shop-local of account 222222222222');
  expect(stdout).toMatch(/execute-api GET \/sender {2}account 111111111111, 200/);
  expect(stdout).toContain('Decision: allowed.');
  expect(stdout).toMatch(/Time: \d+ ms, of which the function took \d+ ms/);
  expect(stdout).toContain('"arn": "arn:aws:sts::111111111111:assumed-role/depot-local-invoke/');
});

test('input and key arrive, and --json prints one document', async () => {
  const args = ['postParcel', '--input', '{"body":{"foo":"once"}}', '--key', 'one', '--json'];
  const answers = [];
  for (const _ of [1, 2]) answers.push(JSON.parse((await call(...args)).stdout));
  const [first, second] = answers;
  expect(first).toMatchObject({
    operation: 'postParcel',
    decision: 'allowed',
    ms: expect.any(Number),
    answer: { status: 200, body: { received: { foo: 'once' } } },
  });
  expect(second.answer.body).toEqual(first.answer.body);
  expect(JSON.stringify(first)).not.toMatch(/SessionToken|secret/i);
});

test('what the API refuses has exit code 1, and the log is named', async () => {
  const { exitCode, stdout } = await call('getParcel', '--input', '{"id":"no UUID"}');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('must be a UUID');
  expect(stdout).toContain('--function caller');
});

test('a caller without the line takesOperations is not invoked', async () => {
  const file = join(bed.project.root, 'services/caller/serverless.yml');
  const text = await readFile(file, 'utf8');
  await edit(bed.project, 'services/caller/serverless.yml', /^ *takesOperations: true\n/m, '');
  try {
    const { exitCode, stderr } = await call('getSender');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('has no line "takesOperations: true"');
    expect(stderr).toMatch(/Invoke it with an event of yours: .* --event '\{…\}'/);
  } finally {
    await writeFile(file, text);
  }
});

test('a second function gets an event of the user, and may have the line, too', async () => {
  const refused = await call('getSender', '--caller', 'report');
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain(
    'The function "report" has no line "takesOperations: true" in services/caller/serverless.yml',
  );
  expect(refused.stderr).toMatch(/ call -- --caller report --event '\{…\}'\. If it/);

  const event = await call('--caller', 'report', '--event', '{"operation":"getSender"}');
  expect({ exitCode: event.exitCode, stdout: event.stdout }).toMatchObject({ exitCode: 0 });
  expect(event.stdout).toContain('The event of --event, stage local, as shop-local-report of account');
  expect(event.stdout).toContain('Decision: allowed.');
  expect(event.stdout).toContain('assumed-role/depot-local-invoke.reports/');

  await edit(
    bed.project,
    'services/caller/serverless.yml',
    'calls: [api]\n',
    'calls: [api]\n    takesOperations: true\n',
  );
  // The function, and the entry of stages.yml that grants it.
  for (const name of ['report', 'reports']) {
    const { exitCode, stdout } = await call('getSender', '--caller', name, '--json');
    expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({
      exitCode: 0,
      operation: 'getSender',
      function: expect.stringMatching(/:shop-local-report$/),
      decision: 'allowed',
      answer: { status: 200 },
    });
  }
  const denied = await call('postParcel', '--caller', 'report', '--input', '{"body":{}}');
  expect(denied.exitCode).toBe(1);
  expect(denied.stdout).toContain('Decision: denied.');
});

test('explain finds the function by its name, too', async () => {
  const args = ['explain', '--stage', 'local', '--caller', 'report', '--json'];
  const { exitCode, stdout } = await runInProcess(args, bed.project.root, { LOCAL_AWS_ROOT: bed.aws.root });
  expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({ exitCode: 0, state: 'holds' });
});

test('records of a batch that failed are named, with the log', async () => {
  const records = ['{"operation":"getSender"}', 'no JSON'].map((body, index) => ({
    messageId: `record-${index + 1}`,
    body,
  }));
  const { exitCode, stdout } = await call('--event', JSON.stringify({ Records: records }));
  expect(exitCode).toBe(1);
  expect(stdout).toContain('batchItemFailures names 1 of 2 records: record-2.');
  expect(stdout).toMatch(/Its log: .* --function caller/);
});

test.each([
  [
    ['getSender', '--caller', 'partner'],
    /this project does not deploy that caller.*explain.* --caller partner/,
  ],
  [['getSender', '--caller', 'reprot'], 'There is caller, report, reports.'],
  [['getSender', '--event', '{}'], '--event is the whole event that the function gets. Leave out getSender.'],
])('%j is refused before anything is invoked', async (args, message) => {
  const { exitCode, stderr } = await call(...args);
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(2);
});

test('a denied call says so, and names the command that shows the change, which works', async () => {
  const iam = new IAMClient(bed.administrator(API_ACCOUNT));
  const RoleName = 'depot-local-invoke';
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  iam.destroy();
  const { exitCode, stdout } = await call('getSender');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('Decision: denied.');
  const [, id = ''] =
    /The change that allows it: npm run explain -- --request-id ([\w-]+)/.exec(stdout) ?? [];
  const explained = await runInProcess(['explain', '--request-id', id], bed.project.root, {
    LOCAL_AWS_ROOT: bed.aws.root,
  });
  expect(explained.stdout).toMatch(/execute-api:Invoke/);
});

test('a stage that is not deployed has the command that deploys it', async () => {
  const { exitCode, stderr } = await runInProcess(['call', 'getSender', '--stage', 'dev'], bed.project.root, {
    LOCAL_AWS_ROOT: bed.aws.root,
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('services/stages.yml');
});
