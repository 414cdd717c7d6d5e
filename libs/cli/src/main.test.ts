import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import manifest from '../package.json' with { type: 'json' };
import { commands as allCommands } from './commands.ts';
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

test('help COMMAND is COMMAND --help, and -h too; a command that does not exist names the nearest one', async () => {
  const { stdout } = await runInProcess(['explain', '--help'], pairProject);
  expect(stdout).toContain('--request-id ID');
  expect(await runInProcess(['help', 'explain'], pairProject)).toMatchObject({ exitCode: 0, stdout });
  expect(await runInProcess(['explain', '-h'], pairProject)).toMatchObject({ exitCode: 0, stdout });
  expect(await runInProcess(['exlpain'], pairProject)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('no command "exlpain". Did you mean "explain"?'),
  });
  expect(await runInProcess(['verify', '--stge', 'dev'], pairProject)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Unknown option --stge. Did you mean --stage?'),
  });
});

test('an option has one default in all commands, and one description of its value', async () => {
  const seen = new Map<string, Set<string>>();
  for (const { load } of Object.values(allCommands)) {
    const { options } = await load();
    for (const name of ['stage', 'json', 'api', 'role', 'required-permissions']) {
      const option = (options as Record<string, { value?: string; default?: string; description: string }>)[
        name
      ];
      if (option === undefined) continue;
      const meaning = [option.value, option.default, option.description].join(' | ');
      seen.set(name, (seen.get(name) ?? new Set()).add(meaning));
    }
  }
  expect([...seen].filter(([, meanings]) => meanings.size > 1)).toEqual([]);
  expect(seen.get('stage')).toEqual(new Set(['S | local | The stage']));
});

test('each example in the help has only options that its command has', async () => {
  for (const [name, { load }] of Object.entries(allCommands)) {
    const { options, examples = [] } = await load();
    for (const [words] of examples)
      for (const [, option = ''] of words.matchAll(/(?:^| )--([\w-]+)/g))
        expect([name, Object.keys(options)]).toEqual([name, expect.arrayContaining([option])]);
  }
});

test.each(commands)('%s --help calls the commands of a project by its npm scripts', async (name) => {
  const { stdout } = await runInProcess([name, '--help'], pairProject);
  expect(stdout).toContain(`npm run ${name}`);
});

describe('in a folder without a project', () => {
  // The modules of the commands read the names of the folder that they are loaded in.
  beforeAll(() => jest.resetModules());

  test('help COMMAND is COMMAND --help, and -h too; a command that does not exist names the nearest one', async () => {
    const { stdout } = await runInProcess(['explain', '--help'], pairProject);
    expect(stdout).toContain('--request-id ID');
    expect(await runInProcess(['help', 'explain'], pairProject)).toMatchObject({ exitCode: 0, stdout });
    expect(await runInProcess(['explain', '-h'], pairProject)).toMatchObject({ exitCode: 0, stdout });
    expect(await runInProcess(['exlpain'], pairProject)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('no command "exlpain". Did you mean "explain"?'),
    });
    expect(await runInProcess(['verify', '--stge', 'dev'], pairProject)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Unknown option --stge. Did you mean --stage?'),
    });
  });

  test('an option has one default in all commands, and one description of its value', async () => {
    const seen = new Map<string, Set<string>>();
    for (const { load } of Object.values(allCommands)) {
      const { options } = await load();
      for (const name of ['stage', 'json', 'api', 'role', 'required-permissions']) {
        const option = (options as Record<string, { value?: string; default?: string; description: string }>)[
          name
        ];
        if (option === undefined) continue;
        const meaning = [option.value, option.default, option.description].join(' | ');
        seen.set(name, (seen.get(name) ?? new Set()).add(meaning));
      }
    }
    expect([...seen].filter(([, meanings]) => meanings.size > 1)).toEqual([]);
    expect(seen.get('stage')).toEqual(new Set(['S | local | The stage']));
  });

  test('each example in the help has only options that its command has', async () => {
    for (const [name, { load }] of Object.entries(allCommands)) {
      const { options, examples = [] } = await load();
      for (const [words] of examples)
        for (const [, option = ''] of words.matchAll(/(?:^| )--([\w-]+)/g))
          expect([name, Object.keys(options)]).toEqual([name, expect.arrayContaining([option])]);
    }
  });

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
