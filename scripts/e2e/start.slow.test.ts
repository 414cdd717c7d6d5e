import { mkdtemp, readdir, readFile, rm, watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { startCommand, startProgram } from './command.testing.ts';
import { descendantsOf, survivors } from './processes.testing.ts';

let temporary: string;
let project: ProjectCopy;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'start-'));
  project = await copyPairProject();
});
afterEach(async () => {
  await project.remove();
  await rm(temporary, { recursive: true, force: true });
});

const start = (...options: readonly string[]) =>
  startCommand(project, 'start', ['--port', '0', ...options], {
    TMPDIR: temporary,
    LOCAL_AWS_ROOT: undefined,
  });

test('Ctrl-C ends npm start and all its processes during its deployment, and leaves no keys', async () => {
  const command = start();
  await command.printed('Local AWS runs at');
  const { traces } = await firstRequest(project.root);
  expect(traces).not.toBe('');
  const started = descendantsOf(command.pid);
  expect(started.some((process) => process.command.includes('serverless'))).toBe(true);
  command.interrupt();
  expect(await command.ended).toBe(0);
  expect(survivors(started)).toEqual([]);
  expect((await readdir(join(project.root, '.local-aws'))).sort()).toEqual([
    '.gitignore',
    'control-token',
    'trace.jsonl',
  ]);
});

// A shell between npm and the command would take the signal: npm passes it to its child only.
test('SIGTERM to npm start ends local AWS, too', async () => {
  const npm = startProgram(project, ['npm', 'start', '--', '--port', '0'], {
    TMPDIR: temporary,
    LOCAL_AWS_ROOT: undefined,
  });
  await npm.printed('Local AWS runs at');
  const started = descendantsOf(npm.pid);
  expect(started.some(({ command }) => command.includes('cross-account start'))).toBe(true);
  npm.terminate();
  await npm.ended;
  expect(survivors(started)).toEqual([]);
});

test('with --fresh-accounts, npm start shows how a first deployment fails, and stays for the next one', async () => {
  const command = start('--fresh-accounts');
  await command.printed('Ctrl-C ends it');
  const { stdout } = command.output();
  expect(stdout).toContain('CloudWatch Logs role ARN must be set in account settings to enable logging');
  expect(stdout).toContain('npm run check -- --stage <stage> prints the commands that set it.');
  expect(stdout).toContain('npx sls deploy --stage local');
  expect(stdout).toContain('npm run verify');
  // The stack is not in the real console.
  expect(stdout).not.toContain('console.aws.amazon.com');
  expect(await readdir(join(project.root, '.local-aws'))).toContain('endpoint.json');
  command.interrupt();
  expect(await command.ended).toBe(0);
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
