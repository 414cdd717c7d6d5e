import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const settings = resolve(import.meta.dirname, '../settings.cjs');
const composeService = resolve(import.meta.dirname, '../compose-service.cjs');

let project: string;

beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'compile-cache-')));
  mkdirSync(join(project, 'services/api'), { recursive: true });
  writeFileSync(join(project, 'serverless-compose.yml'), 'services: {}\n');
});

afterEach(() => rmSync(project, { recursive: true }));

/** What a process of the CLI says after it has loaded a file of the plugin. */
function loaded(
  file: string,
  expression: string,
  environment: NodeJS.ProcessEnv = {},
  cwd = join(project, 'services/api'),
) {
  const { NODE_COMPILE_CACHE: _tests, ...env } = process.env;
  return execFileSync(
    process.execPath,
    ['-e', `require(${JSON.stringify(file)}); console.log(${expression})`],
    {
      cwd,
      env: { ...env, ...environment },
      encoding: 'utf8',
    },
  ).trim();
}

const USED = `require('node:module').getCompileCacheDir()`;
const FOR_CHILDREN = 'process.env.NODE_COMPILE_CACHE';

test('a command in the folder of a service keeps its compiled modules in the project', () => {
  expect(loaded(settings, USED)).toContain(join(project, 'node_modules/.cache/node-compile-cache'));
});

test('the commands that Compose starts use the same folder', () => {
  expect(loaded(composeService, FOR_CHILDREN, {}, project)).toBe(
    join(project, 'node_modules/.cache/node-compile-cache'),
  );
});

test('the folder that the shell names wins', () => {
  const own = join(project, 'own');
  expect(loaded(settings, USED, { NODE_COMPILE_CACHE: own })).toContain(own);
  expect(loaded(composeService, FOR_CHILDREN, { NODE_COMPILE_CACHE: own }, project)).toBe(own);
});

test('a command works where the folder cannot be written, and outside of a project', () => {
  // A file where the folder should be: it stops root, too.
  mkdirSync(join(project, 'node_modules'));
  writeFileSync(join(project, 'node_modules/.cache'), '');
  expect(loaded(settings, '"works"')).toBe('works');
  rmSync(join(project, 'serverless-compose.yml'));
  expect(loaded(settings, USED)).toBe('undefined');
  expect(loaded(composeService, FOR_CHILDREN, {}, project)).toBe('undefined');
});
