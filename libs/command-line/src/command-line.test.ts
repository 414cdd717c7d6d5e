import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OptionValues, runCommand } from './command-line.ts';
import { packageVersion } from './package-version.ts';

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
  rmSync(root, { recursive: true });
});
