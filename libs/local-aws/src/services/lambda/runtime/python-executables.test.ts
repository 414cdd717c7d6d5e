import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findPythons, nearestPython } from '../../../python/find-python.ts';
import type { PythonRuntime } from '../functions/settings.ts';
import { createPythonFinder } from './python-executables.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'python-executables-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A program that answers as a Python of this version, with these modules. @returns its path */
async function install(
  place: string,
  version: string,
  modules: readonly string[] = ['boto3'],
): Promise<string> {
  const executable = path.join(folder, place);
  await mkdir(path.dirname(executable), { recursive: true });
  const answer = JSON.stringify({ executable, version, modules });
  await writeFile(executable, `#!/bin/sh\ncat <<'END'\n${answer}\nEND\n`, { mode: 0o700 });
  return executable;
}

async function find(runtime: PythonRuntime, environment: NodeJS.ProcessEnv = {}) {
  const reports: string[] = [];
  const PATH = ['a', 'missing', 'b'].map((name) => path.join(folder, name)).join(path.delimiter);
  const pythonFor = createPythonFinder((message) => void reports.push(message), {
    PATH,
    PYENV_ROOT: path.join(folder, 'pyenv'),
    ...environment,
  });
  const { executable } = await pythonFor(runtime);
  await pythonFor(runtime);
  return { executable, reports };
}

test('A function runs on the Python of its version that has boto3.', async () => {
  await install('a/python3', '3.14.1', []);
  const python314 = await install('b/python3.14', '3.14.0');
  await install('b/python3', '3.13.5');
  expect(await find('python3.14')).toEqual({ executable: python314, reports: [] });
});

test('A function runs on a Python of pyenv if only that one has boto3.', async () => {
  await install('a/python3', '3.12.3', []);
  const installed = await install('pyenv/versions/3.12.1/bin/python3', '3.12.1');
  expect(await find('python3.12')).toEqual({ executable: installed, reports: [] });
});

test('Without a Python of its version with boto3, a function runs on the nearest that has it, and one message says so.', async () => {
  await install('a/python3', '3.13.5', []);
  await install('a/python3.9', '3.9.2');
  const nearest = await install('b/python3.11', '3.11.7');
  expect(await find('python3.13')).toEqual({
    executable: nearest,
    reports: [
      `Functions of python3.13 run on Python 3.11.7 (${nearest}), the nearest that has boto3. Differences between the two show only on AWS. To use another one, name it in LOCAL_AWS_PYTHON, and start local AWS again.`,
    ],
  });
});

test('Of two versions that are as near, the newer runs a function.', async () => {
  await install('a/python3.11', '3.11.7');
  const newer = await install('b/python3.13', '3.13.5');
  expect((await find('python3.12')).executable).toBe(newer);
});

test('A Python that LOCAL_AWS_PYTHON names is used, whatever packages it has.', async () => {
  await install('a/python3', '3.13.5');
  const named = await install('mine', '3.13.1', []);
  expect(await find('python3.13', { LOCAL_AWS_PYTHON: named })).toEqual({ executable: named, reports: [] });
});

test('Without a Python that has boto3, a function is refused with the commands that install one.', async () => {
  await install('a/python3', '3.13.5', ['samtranslator']);
  await expect(find('python3.13')).rejects.toThrow(
    /^Functions of python3\.13 need a Python 3 with boto3.* Run "python3 -m venv \.venv && \.venv\/bin\/pip install boto3", and start local AWS again with LOCAL_AWS_PYTHON=\.venv\/bin\/python\./,
  );
});

test.each([
  ['is Python 2', '2.7.18'],
  ['is too old', '3.8.10'],
  ['answers something else', 'v24.1.0'],
])('A LOCAL_AWS_PYTHON that %s is refused.', async (_problem, version) => {
  const named = await install('mine', version);
  await expect(find('python3.13', { LOCAL_AWS_PYTHON: named })).rejects.toThrow(
    `LOCAL_AWS_PYTHON is ${named}, which is not Python 3.9 or later.`,
  );
});

const real = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).stdout?.trim();
if (!real) console.warn('python3 is not installed: the test of a virtual environment did NOT run.');

(real ? test : test.skip)(
  'The virtual environment of the proposed commands is found, with the package that is installed there.',
  async () => {
    const venv = path.join(folder, '.venv');
    await promisify(execFile)(real ?? '', ['-m', 'venv', '--without-pip', venv]);
    const python = path.join(venv, 'bin/python');
    const print = 'import sysconfig; print(sysconfig.get_path("purelib"))';
    const { stdout } = await promisify(execFile)(python, ['-c', print]);
    await writeFile(path.join(stdout.trim(), 'boto3.py'), '');
    const PATH = path.dirname(python);
    const [found] = await findPythons({ PATH, PYENV_ROOT: folder });
    expect(found).toMatchObject({ modules: ['boto3'], executable: expect.stringContaining(PATH) });
    expect((await find('python3.13', { PATH })).executable).toBe(found?.executable);
  },
);

test('A Python without the module is not chosen, however near its version is.', () => {
  const near = { executable: '/a', minor: 13, version: '3.13.0', modules: [] };
  const far = { executable: '/b', minor: 9, version: '3.9.0', modules: ['boto3' as const] };
  expect(nearestPython([near, far], 'boto3', 13)).toBe(far);
  expect(nearestPython([near], 'boto3', 13)).toBeUndefined();
});
