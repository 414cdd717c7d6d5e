import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import manifest from '../package.json' with { type: 'json' };
import { pairProject } from './project/pair.testing.ts';
import { runInProcess } from './run-in-process.testing.ts';

let elsewhere: string;
beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), 'help-'));
});
afterAll(() => rm(elsewhere, { recursive: true, force: true }));

test('the help has a line for each command, whose purposes begin in one column', async () => {
  const { stdout } = await runInProcess(['--help'], elsewhere);
  const [, list = ''] = stdout.split('[options]\n\n');
  const columns = list
    .split('\n\n')[0]
    ?.split('\n')
    .map((line) => /^ {2}\S+ +/.exec(line)?.[0].length);
  expect(columns?.length).toBeGreaterThan(5);
  expect(new Set(columns).size).toBe(1);
});

const commands = ['explain', 'verify', 'check', 'handover'];

test.each(commands)('%s --help calls the commands of a project by its npm scripts', async (name) => {
  const { stdout } = await runInProcess([name, '--help'], pairProject);
  expect(stdout).toContain(`npm run ${name}`);
});

describe('in a folder without a project', () => {
  // The modules of the commands read the names of the folder that they are loaded in.
  beforeAll(() => jest.resetModules());

  test.each(commands)('%s --help calls the commands from node_modules', async (name) => {
    const { stdout } = await runInProcess([name, '--help'], elsewhere);
    expect(stdout).toContain(`node_modules/.bin/cross-account ${name}`);
    expect(stdout).not.toMatch(/npm (run|start)/);
  });
});

test('the program calls the commands as the project does: by its npm scripts if it has them, else from node_modules', async () => {
  const program = join(__dirname, '../cross-account.cjs');
  const helpIn = async (cwd: string) =>
    (await promisify(execFile)(process.execPath, [program, 'verify', '--help'], { cwd })).stdout;
  const [inProject, outside] = await Promise.all([helpIn(pairProject), helpIn(elsewhere)]);
  expect(inProject).toContain('npm run verify');
  expect(outside).toContain('node_modules/.bin/cross-account verify');
});

test.each([['--version'], ['verify', '--version']])(
  '%s %s prints the version of the package alone',
  async (...args) => {
    const { stdout } = await runInProcess(args, elsewhere);
    expect(stdout).toBe(`${manifest.version}\n`);
  },
);
