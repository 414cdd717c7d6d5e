import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalAws, startLocalAws } from '../local-aws.ts';

let root: string;
let aws: LocalAws;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'cli-'));
  aws = await startLocalAws({ root, port: 0 });
});
afterAll(async () => {
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});

/** Runs `local-aws` in a folder of another project. */
function run(args: readonly string[], cwd = root) {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, LOCAL_AWS_ROOT: undefined };
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [join(__dirname, 'main.ts'), ...args], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

test('without a command, and with one that does not exist, it lists the commands', async () => {
  const { code, stdout } = await run([]);
  expect(code).toBe(0);
  for (const name of ['start', 'explain', 'faults', 'types'])
    expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  expect(await run(['strat'])).toMatchObject({
    code: 2,
    stderr:
      'local-aws has no command "strat". Did you mean "start"? node_modules/.bin/local-aws --help lists the commands.\n',
  });
});

test('it prints its version, also after the name of a command', async () => {
  const { version } = JSON.parse(fs.readFileSync(join(__dirname, '../../package.json'), 'utf8'));
  expect(await run(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  expect(await run(['start', '--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
});

test.each([
  ['start', ['--port', '--organization', '--fresh-accounts', '--soft', '--open', '--quiet', '--state']],
  ['explain', ['--last', '--request-id', '--principal', '--unused', '--json', '--state']],
  ['faults', ['--set', '--clear', '--state']],
  ['types', ['--type']],
])(
  '%s --help lists its options, and names no command that only this repository has',
  async (name, options) => {
    const { code, stdout } = await run([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: node_modules/.bin/local-aws ${name} [options]`);
    for (const option of options) expect(stdout).toContain(`  ${option}`);
    expect(stdout).not.toMatch(/npm (start|run)/);
  },
);

test('types lists the types, and the properties of one, without a local AWS that runs', async () => {
  const all = await run(['types']);
  expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining('\nAWS::Lambda::Function\n') });
  expect(all.stdout).toContain('AWS::SNS::Topic  (no effect)');
  const { stdout } = await run(['types', '--type', 'AWS::DynamoDB::Table']);
  expect(stdout).toMatch(/^AWS::DynamoDB::Table\n {2}AttributeDefinitions\n/);
  expect(stdout).toContain('\n  ProvisionedThroughput  (no effect: requests are not throttled)\n');
  expect(await run(['types', '--type', 'AWS::CloudFront::Distribution'])).toMatchObject({
    code: 2,
    stderr:
      'local AWS has no type AWS::CloudFront::Distribution. `node_modules/.bin/local-aws types` lists those that it has.\n',
  });
});

test('explain answers a question by the policies of the local AWS that runs here', async () => {
  const question = (who: string) => [
    ...['explain', '--principal', who, '--action', 's3:GetObject'],
    ...['--resource', 'arn:aws:s3:::bucket/key'],
  ];
  const allowed = await run(question('arn:aws:iam::111111111111:user/administrator'));
  expect(allowed).toMatchObject({ code: 0, stdout: expect.stringContaining('AdministratorAccess') });
  const unknown = await run(question('arn:aws:iam::111111111111:role/nobody'));
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no role') });
});

test('--state names the folder, from anywhere; without it, there is no local AWS, and the message says how to start one', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'elsewhere-'));
  try {
    expect((await run(['faults', '--state', root], elsewhere)).code).toBe(0);
    const { code, stderr } = await run(['faults'], elsewhere);
    expect(code).toBe(2);
    expect(stderr).toContain('Start local AWS with `node_modules/.bin/local-aws start`.');
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});

test('--unused reads the calls from the trace, and says if there are none', async () => {
  expect(await run(['explain', '--unused'])).toMatchObject({
    code: 1,
    stdout: 'The trace has no call of a role. Invoke a function first.\n',
  });
});

test('explain and --unused name the calls that are not in the trace, while its file cannot be written and later, and lines that cannot be read', async () => {
  const full = jest.spyOn(fs, 'writeSync').mockImplementation(() => {
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  });
  await fetch(`${aws.url}/?Action=GetCallerIdentity&Version=2011-06-15`);
  full.mockRestore();
  const gap = /note: The trace lacks 1 call .*, as its file could not be written\./;
  expect((await run(['explain'])).stdout).toMatch(gap);
  expect((await run(['explain', '--unused'])).stdout).toMatch(gap);

  await fetch(`${aws.url}/?Action=GetCallerIdentity&Version=2011-06-15`);
  const { code, stdout } = await run(['explain', '--last', '2']);
  expect(code).toBe(0);
  expect(stdout).toMatch(gap);
  expect(stdout).toContain('A refusal among them is not shown here.');
  const { notes } = JSON.parse((await run(['explain', '--last', '2', '--json'])).stdout);
  expect(notes).toEqual([expect.stringContaining('The trace lacks 1 call')]);
  // The latest refusal is newer than the gap.
  expect((await run(['explain'])).stdout).not.toContain('note:');

  await appendFile(join(root, '.local-aws/trace.jsonl'), 'damaged\n');
  expect((await run(['explain'])).stdout).toMatch(/note: 1 line of .*trace\.jsonl cannot be read/);
});

test('explain says first that it reads the trace of a local AWS that has ended', async () => {
  await aws.close();
  const { code, stdout } = await run(['explain']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^! No local AWS runs now\. This is the trace of the last one\. .*Start local AWS/);
});
