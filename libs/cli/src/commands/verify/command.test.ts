import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pairProject } from '../../project/pair.testing.ts';
import { runInProcess } from '../../run-in-process.testing.ts';
import { actionsToExplain } from '../../stage/stage-permissions.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'verify-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Runs `npm run verify` without a local AWS. */
const verify = (...args: readonly string[]) =>
  runInProcess(['verify', ...args], pairProject, { LOCAL_AWS_ROOT: root });

test('--help is one screen, and names the page that says what the probes leave behind', async () => {
  const { exitCode, stdout } = await verify('--help');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Usage: npm run verify -- [options]');
  expect(stdout).toMatch(/The rest: \S+COMMANDS\.md#verify\n$/);
  expect(readFileSync(join(__dirname, '../../../COMMANDS.md'), 'utf8')).toContain(
    'with `--allow-write` only',
  );
});

test.each([
  [['--compare', 'dev'], '--compare dev: a stage is compared with local AWS only: --compare local.'],
  [['--report', 'file'], '--report writes a comparison. Add --compare local.'],
  [
    ['--compare', 'local', '--report', '/no/such/report.md'],
    '--report /no/such/report.md: the folder /no/such does not exist.',
  ],
  [['--wait', 'x'], '--wait x: must be a whole number from 0 to 3600.'],
  [['--stage', '../x'], '--stage ../x: a stage begins with a letter'],
])('the options %j are a mistake that is named with its remedy', async (args, message) => {
  const { exitCode, stderr } = await verify(...args);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});

test('without a local AWS, the stage local is not verified, and the remedy is named', async () => {
  const { exitCode, stdout, stderr } = await verify('--stage', 'local');
  expect(stderr).toContain('Start local AWS with `npm start`.');
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
});

test('--required-permissions prints a policy that only allows reading and the actions of the probes', async () => {
  const { stdout } = await verify('--required-permissions', '--stage', 'dev');
  const { Version, Statement } = JSON.parse(stdout) as {
    Version: string;
    Statement: { Action: string[]; Resource: string[] }[];
  };
  expect(Version).toBe('2012-10-17');
  const actions = Statement.flatMap(({ Action }) => Action);
  expect(actions).toEqual(expect.arrayContaining(actionsToExplain));
  expect(actions.filter((action) => !/:(Get|List|Describe|GET)/.test(action))).toEqual([
    'lambda:InvokeFunction',
    'execute-api:Invoke',
    'sts:AssumeRole',
    'dynamodb:DeleteItem',
  ]);
  const acting = Statement.filter(({ Action }) =>
    Action.some((action) => !/:(Get|List|Describe|GET)/.test(action)),
  );
  for (const resource of acting.flatMap(({ Resource }) => Resource)) expect(resource).toContain('dev');
});
