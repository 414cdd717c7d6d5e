import { type OptionValues, runCommand } from './command-line.ts';

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
