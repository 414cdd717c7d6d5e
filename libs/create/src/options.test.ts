import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './main.ts';
import { defaultsFor, readCommandLine } from './options.ts';

test('options are read, and an option that is not given is absent', () => {
  const line = ['orders', '--scope', '@acme', '--access-mode=resource-policy', '--no-git', '-y'];
  expect(readCommandLine(line)).toEqual({
    folder: 'orders',
    given: { scope: '@acme', accessMode: 'resource-policy' },
    yes: true,
    git: false,
    install: true,
    update: false,
    help: false,
    version: false,
  });
});

test('the scope follows from the name', () => {
  expect(defaultsFor('orders')).toMatchObject({
    scope: '@orders',
    accessMode: 'assume-role',
  });
});

test.each([
  [
    ['--name', 'Orders'],
    'The name "Orders" must be 2 to 20 lower-case letters, digits and single hyphens, a letter first.',
  ],
  [['--name', 'orders-'], 'The name "orders-" must be'],
  [['--name', 'a'.repeat(21)], 'must be 2 to 20'],
  [['--scope', 'acme'], 'The scope "acme" must be an npm scope such as @orders.'],
  [['--region', 'Frankfurt'], 'The region "Frankfurt" must be a region of AWS such as eu-central-1.'],
  [['--access-mode', 'open'], 'The access mode "open" must be assume-role or resource-policy.'],
  [['--colour'], "Unknown option '--colour': --help lists the options."],
  [['a', 'b'], 'Give one folder, not 2: a b.'],
])('%j is refused in one sentence', (args, message) => {
  expect(() => readCommandLine(args)).toThrow(expect.objectContaining({ name: 'Refusal' }));
  expect(() => readCommandLine(args)).toThrow(message);
});

test('--version prints the version of the package, and makes no project', async () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  await run(['--version']);
  expect(write.mock.calls).toEqual([[`${version}\n`]]);
  write.mockRestore();
});

test('-h prints the help, with each option and its default, and makes no project', async () => {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  await run(['-h']);
  const text = String(write.mock.calls[0]?.[0]);
  write.mockRestore();
  expect(text).toContain('-h, --help');
  expect(text).toContain('assume-role or resource-policy (default assume-role)');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});
