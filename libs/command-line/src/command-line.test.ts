import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { OptionValues } from './command.ts';
import { runCommand } from './command-line.ts';
import { renderHelp } from './help.ts';
import { nearest } from './nearest.ts';
import { packageFile, packageVersion } from './package-version.ts';

const options = {
  inspect: { type: 'string', value: 'FUNCTION', optional: true, description: 'Inspects functions' },
  port: { type: 'string', value: 'N', description: 'A port' },
  quiet: { type: 'boolean', description: 'Prints less' },
} as const;

let written: string;
beforeEach(() => {
  written = '';
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      written += text;
      return true;
    });
  }
});
afterEach(() => {
  jest.restoreAllMocks();
  process.stdout.removeAllListeners('error');
  process.exitCode = 0;
});

async function valuesOf(...args: string[]) {
  let seen: OptionValues<typeof options> | undefined;
  await runCommand(
    'npm start',
    {
      summary: 'Starts.',
      options,
      version: '1.2.3',
      main: async (values) => {
        seen = values;
        return 0;
      },
    },
    args,
  );
  return seen && { ...seen };
}

test('an option with an optional value is given alone, or with a value after =', async () => {
  expect(await valuesOf('--inspect', '--quiet')).toEqual({ inspect: '', quiet: true });
  expect(await valuesOf('--inspect=whoami')).toEqual({ inspect: 'whoami' });
  expect(await valuesOf('--port', '1')).toEqual({ port: '1' });
});

test('an optional value without = is refused, with what to write', async () => {
  expect(await valuesOf('--quiet', '--inspect', 'whoami')).toBeUndefined();
  expect(written).toBe('--inspect whoami: write --inspect=whoami.\nnpm start -- --help lists the options.\n');
});

test('the help shows where a value is optional', async () => {
  await valuesOf('--help');
  expect(written).toContain('  --inspect[=FUNCTION]  Inspects functions\n');
  expect(written).toContain('  --port N              A port\n');
});

test('an unknown option names the nearest one, and the help has -h', async () => {
  expect(await valuesOf('--prot', '1')).toBeUndefined();
  expect(written).toBe(
    'Unknown option --prot. Did you mean --port?\nnpm start -- --help lists the options.\n',
  );
  written = '';
  expect(await valuesOf('--nonsense')).toBeUndefined();
  expect(written).toBe('Unknown option --nonsense.\nnpm start -- --help lists the options.\n');
  written = '';
  await valuesOf('-h');
  expect(written).toContain('Usage: npm start -- [options]');
});

test('a value without its option says that npm keeps options for itself', async () => {
  expect(await valuesOf('8080')).toBeUndefined();
  expect(written).toContain('npm passes on only options after "--": npm start -- --…');
});

test.each([
  ['stge', 'stage'],
  ['strat', 'start'],
  ['profile', 'api-profile'],
  ['api-porfile', 'api-profile'],
  ['x', undefined],
  ['colour', undefined],
])('the nearest word to %s is %s', (given, word) => {
  expect(nearest(given, ['api-profile', 'stage', 'start', 'json'])).toBe(word);
});

describe('the help', () => {
  const help = {
    summary: 'Copies one thing.',
    options: {
      port: { type: 'string', value: 'N', description: 'The port to listen on', default: '4566' },
      'a-name-that-is-longer-than-most': { type: 'boolean', description: 'Says nothing' },
      text: { type: 'string', value: 'TEXT', description: 'One word after another, and more of them' },
    },
    examples: [
      ['', 'the usual one'],
      ['--port 0 --text "one two three"', 'on a free port, with a text'],
    ],
    exitCodes: { 0: 'copied', 1: 'not copied' },
    page: 'COMMANDS.md#copy',
  } as const;

  test('has usage, options with their defaults, examples, exit codes and the page, no line wider than the terminal', () => {
    expect(renderHelp('npm run copy', help, 44)).toBe(`Copies one thing.

Usage: npm run copy -- [options]

  --port N     The port to listen on
               (default 4566)
  --a-name-that-is-longer-than-most  Says
               nothing
  --text TEXT  One word after another, and
               more of them
  -h, --help   Shows this

Examples:
  npm run copy  # the usual one
  # on a free port, with a text
  npm run copy -- --port 0 \\
    --text "one two three"

Exit code: 0 copied; 1 not copied

The rest: COMMANDS.md#copy
`);
  });
});

test('an option that needs a value is refused without one', async () => {
  expect(await valuesOf('--port')).toBeUndefined();
  expect(written).toContain("'--port <value>' argument missing");
});

test('a command with a version prints it and does nothing else, and the help names the option', async () => {
  expect(await valuesOf('--version', '--quiet')).toBeUndefined();
  expect(written).toBe('1.2.3\n');
  await valuesOf('--help');
  expect(written).toContain('  --version             Prints the version\n');
});

test('the version of a module is that of its package, also in a folder whose package.json has only a type', () => {
  const root = mkdtempSync(join(tmpdir(), 'version-'));
  const folder = join(root, 'dist/cjs/cli');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "version": "4.5.6" }');
  writeFileSync(join(root, 'dist/cjs/package.json'), '{ "type": "commonjs" }');
  expect(packageVersion(folder)).toBe('4.5.6');
  expect(packageFile(folder, 'COMMANDS.md')).toBe(relative(process.cwd(), join(root, 'COMMANDS.md')));
  rmSync(root, { recursive: true });
});
