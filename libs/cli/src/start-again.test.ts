import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const program = join(__dirname, '../cross-account.cjs');
const starter = join(__dirname, '../start-again.cjs');

let folder: string;
let old: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-again-'));
  old = join(folder, 'old.cjs');
  await writeFile(
    old,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });",
  );
});
afterAll(() => rm(folder, { recursive: true }));

const run = (args: readonly string[], environment: object = {}) =>
  promisify(execFile)(process.execPath, ['--require', old, ...args], {
    cwd: folder,
    env: { ...process.env, ...environment },
  }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );

test('with an old Node in front, the program runs with the Node of the project: output and exit code are its own', async () => {
  expect(await run([program, '--help'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('explain'),
  });
  expect(await run([program, 'nothing'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no command "nothing"'),
  });
});

test('it is started again once: a project whose own Node is old, too, is told what to install', async () => {
  expect(await run([program, '--help'], { CROSS_ACCOUNT_STARTED_AGAIN: '1' })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/this is Node 20\.20\.2.*npm install --save-dev node@24/),
  });
});

describe('the new process', () => {
  let wrapper: string;
  beforeAll(async () => {
    const bin = join(folder, 'project/node_modules/.bin');
    await mkdir(bin, { recursive: true });
    await symlink(process.execPath, join(bin, 'node'));
    wrapper = join(bin, 'wrapper.cjs');
    const child = join(folder, 'child.cjs');
    await writeFile(wrapper, `require(${JSON.stringify(starter)}).startAgain(${JSON.stringify(child)});`);
    await writeFile(
      child,
      `process.on('SIGTERM', () => { console.log('cleaned up'); process.exit(7); });
      setInterval(() => {}, 1000);
      console.log(process.env.PATH.startsWith(${JSON.stringify(bin)}) ? 'begun' : process.env.PATH);
      if (process.argv[2] === 'die') process.kill(process.pid, 'SIGKILL');`,
    );
  });

  test('gets the signals, and ends before the first one', async () => {
    const child = spawn(process.execPath, [wrapper], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output === '') child.kill('SIGTERM');
      output += text;
    });
    expect(await once(child, 'close')).toEqual([7, null]);
    expect(output).toBe('begun\ncleaned up\n');
  });

  test('ends the first one by the signal that ended it', async () => {
    const child = spawn(process.execPath, [wrapper, 'die'], { stdio: 'ignore' });
    expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
  });
});
