import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, watch, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalAws } from '@cross-account-api/local-aws';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import type { ProjectCopy } from '../../libs/cli/src/project/project.ts';
import { sls } from '../../libs/cli/src/project/sls.ts';
import { type RunningCommand, startCommand } from './command.testing.ts';
import { descendantsOf, survivors } from './processes.testing.ts';

jest.setTimeout(120_000);

let project: ProjectCopy;
let temporary: string;
let running: RunningCommand;
beforeAll(async () => {
  project = await copyPairProject();
  temporary = await mkdtemp(join(tmpdir(), 'start-'));
  running = startCommand(project, 'start', ['--port', '0'], { TMPDIR: temporary, LOCAL_AWS_ROOT: undefined });
  await running.printed('Ctrl-C ends it');
});
afterAll(async () => {
  running?.interrupt();
  await running?.ended;
  await project?.remove();
  await rm(temporary, { recursive: true, force: true });
});

test('npm start deploys both services and prints what to try', () => {
  const { stdout, stderr } = running.output();
  expect(stderr).toBe('');
  expect(stdout).toMatch(/Local AWS runs at http:\/\/127\.0\.0\.1:\d+\./);
  expect(stdout).toContain('npx sls caller:invoke -f caller --stage local');
});

test('the CLI finds local AWS from the folder of a service, also beside another local AWS; npm start prints the calls', async () => {
  const root = await mkdtemp(join(temporary, 'other-'));
  const other = await startLocalAws({ port: 0, root });
  try {
    const { exitCode, stdout } = await sls(['invoke', '-f', 'caller', '--stage', 'local'], {
      cwd: join(project.root, 'services/caller'),
      environment: { LOCAL_AWS_ROOT: undefined },
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 200, body: { received: { foo: 'bar' } } });
    expect(other.trace.events()).toEqual([]);
    const calls = running.output().stdout;
    expect(calls).toMatch(
      /✔ .* administrator {2}lambda Invoke {2}by AdministratorAccess\n.* {4}\S+ {2}sts AssumeRole/,
    );
  } finally {
    await other.close();
    await rm(root, { recursive: true });
  }
});

test('a second local AWS in the same folder names the first, and leaves it alone', async () => {
  const second = startCommand(project, 'start', ['--port', '0']);
  expect(await second.ended).toBe(1);
  expect(second.output().stderr).toMatch(
    new RegExp(`^Local AWS already runs here \\(process ${running.pid}, port \\d+\\)\\. Stop it`),
  );
  expect(await readdir(join(project.root, '.local-aws'))).toContain('endpoint.json');
});

test('a port in use is an error that says how to take another', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = String((server.address() as { port: number }).port);
  const elsewhere = await copyPairProject();
  try {
    const command = startCommand(elsewhere, 'start', ['--port', port]);
    expect(await command.ended).toBe(1);
    expect(command.output().stderr).toContain(port);
    expect(command.output().stderr).toContain('--port');
    expect(command.output().stderr).not.toContain('    at ');
  } finally {
    server.close();
    await elsewhere.remove();
  }
});

test.each(['x', '70000', '4.5', ''])('--port "%s" is refused', async (port) => {
  const command = startCommand(project, 'start', [`--port=${port}`]);
  expect(await command.ended).toBe(2);
  expect(command.output().stderr).toContain('--port');
});

test('an organization that is not valid is refused by place and rule, without a stack', async () => {
  const file = join(temporary, 'organization.yml');
  await writeFile(file, 'id: o-a1b2c3d4e5\naccounts: [{ accountId: 111111111111 }]');
  const command = startCommand(project, 'start', ['--port', '0', '--organization', file]);
  expect(await command.ended).toBe(1);
  await rm(file);
  expect(command.output().stderr).toBe(
    `${file} is not valid:\n  accounts[0].accountId must be a string: put the twelve digits in quotes, not 111111111111\n`,
  );
});

test('with --fresh-accounts it shows how a first deployment fails, and stays for the next one', async () => {
  const elsewhere = await copyPairProject();
  try {
    const command = startCommand(elsewhere, 'start', ['--port', '0', '--fresh-accounts'], {
      TMPDIR: temporary,
      LOCAL_AWS_ROOT: undefined,
    });
    await command.printed('Ctrl-C ends it');
    const { stdout } = command.output();
    expect(stdout).toContain('CloudWatch Logs role ARN must be set in account settings to enable logging');
    expect(stdout).toContain(
      'Step 3 of "Deploy it to two accounts" in README.md has the commands that set it.',
    );
    expect(stdout).toContain('npx sls deploy --stage local');
    expect(stdout).toContain('npm run verify');
    // The stack is not in the real console.
    expect(stdout).not.toContain('console.aws.amazon.com');
    expect(await readdir(join(elsewhere.root, '.local-aws'))).toContain('endpoint.json');
    command.interrupt();
    expect(await command.ended).toBe(0);
  } finally {
    await elsewhere.remove();
  }
});

test('Ctrl-C also ends it during its deployment', async () => {
  const elsewhere = await copyPairProject();
  try {
    const command = startCommand(elsewhere, 'start', ['--port', '0'], {
      TMPDIR: temporary,
      LOCAL_AWS_ROOT: undefined,
    });
    await command.printed('Local AWS runs at');
    const { traces } = await firstRequest(elsewhere.root);
    expect(traces).not.toBe('');
    const started = descendantsOf(command.pid);
    expect(started.some((process) => process.command.includes('serverless'))).toBe(true);
    command.interrupt();
    expect(await command.ended).toBe(0);
    expect(survivors(started)).toEqual([]);
    expect((await readdir(join(elsewhere.root, '.local-aws'))).sort()).toEqual([
      '.gitignore',
      'control-token',
      'trace.jsonl',
    ]);
  } finally {
    await elsewhere.remove();
  }
});

test('Ctrl-C ends it and all its processes, frozen ones too, and leaves no keys, only the trace and the control token', async () => {
  const started = descendantsOf(running.pid);
  expect(started.filter(({ command }) => command.includes('bootstrap.cjs'))).toHaveLength(2);
  running.interrupt();
  expect(await running.ended).toBe(0);
  expect(survivors(started)).toEqual([]);
  expect(running.output().stderr).toBe('\nEnding what was started. Ctrl-C again ends at once.\n');
  expect((await readdir(join(project.root, '.local-aws'))).sort()).toEqual([
    '.gitignore',
    'control-token',
    'trace.jsonl',
  ]);
  expect(await readdir(temporary)).toEqual([]);
});

/** Waits until local AWS has answered the deployment's first request. */
async function firstRequest(root: string): Promise<{ readonly traces: string }> {
  const file = join(root, '.local-aws/trace.jsonl');
  for await (const _ of watch(file)) {
    const traces = await readFile(file, 'utf8');
    if (traces !== '') return { traces };
  }
  throw new Error('The trace file is no longer watched.');
}
