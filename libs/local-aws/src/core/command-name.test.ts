import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandName } from './command-name.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-name-'));
  await mkdir(join(folder, 'service'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (file: string, document: object) => writeFile(join(folder, file), JSON.stringify(document));

test('without a setting, the commands are those that npm has installed', async () => {
  await write('package.json', { config: { port: 1 } });
  expect(commandName('start', join(folder, 'service'))).toBe('node_modules/.bin/local-aws start');
});

test('the project names its own commands, also for the folders of its services', async () => {
  await write('package.json', { config: { localAws: { start: 'npm start' } } });
  await write('service/package.json', {});
  expect(commandName('start', join(folder, 'service'))).toBe('npm start');
  expect(commandName('explain', join(folder, 'service'))).toBe('node_modules/.bin/local-aws explain');
});

test('in this repository, all commands are its scripts', () => {
  expect((['start', 'explain', 'faults'] as const).map((name) => commandName(name, __dirname))).toEqual([
    'npm start',
    'npm run explain',
    'npm run faults',
  ]);
});
