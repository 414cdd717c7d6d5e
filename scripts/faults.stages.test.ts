import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalAws, startLocalAws } from '@cross-account-api/local-aws';
import { nodeFlags } from './lib/project.ts';

let root: string;
let aws: LocalAws;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'faults-'));
  aws = await startLocalAws({ root, port: 0 });
});
afterAll(async () => {
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});

/** Runs the command of `npm run faults` directly. */
function faults(args: readonly string[], localAwsRoot = root) {
  return new Promise<{ exitCode: unknown; stdout: string; stderr: string }>((resolve) => {
    const env = { ...process.env, LOCAL_AWS_ROOT: localAwsRoot };
    const script = join(__dirname, 'faults.ts');
    execFile(process.execPath, [...nodeFlags, script, ...args], { env }, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

async function planFile(name: string, text: string): Promise<string> {
  const file = join(root, name);
  await writeFile(file, text);
  return file;
}

const rule = { name: 'slow', effect: { type: 'delay', ms: 20 } };

test('a plan is set from a file, shown and cleared', async () => {
  const file = await planFile('plan.json', JSON.stringify({ rules: [rule] }));
  expect((await faults(['--set', file])).exitCode).toBe(0);
  expect(aws.faults.report().plan?.rules).toMatchObject([rule]);
  const { stdout } = await faults([]);
  expect(JSON.parse(stdout).rules).toEqual([{ rule: 'slow', seen: 0, struck: 0 }]);
  expect((await faults(['--clear'])).exitCode).toBe(0);
  expect(aws.faults.report().plan).toBeNull();
});

test('a plan that is not valid is refused with the rule that it breaks', async () => {
  const file = await planFile('wrong.json', JSON.stringify({ rules: [{ ...rule, rate: 2 }] }));
  const { exitCode, stderr } = await faults(['--set', file]);
  expect(stderr).toContain('rules[0].rate (rule "slow") must be between 0 and 1, not 2');
  expect(exitCode).toBe(2);
});

test.each([
  [['--set', '/nowhere/plan.json'], /--set \/nowhere\/plan\.json: ENOENT/],
  [['--set', 'plan.json', '--clear'], /Give one of them/],
])('the options %j end with exit code 2 and one sentence', async (args, message) => {
  const { exitCode, stderr } = await faults(args);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(exitCode).toBe(2);
});

test('if no local AWS runs, it says how to start one', async () => {
  const { exitCode, stderr } = await faults([], join(root, 'nowhere'));
  expect(stderr).toContain('npm start');
  expect(exitCode).toBe(2);
});
