import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { checkSpawned } from './check-spawned.ts';

test('a process that has started is returned', async () => {
  const child = checkSpawned(spawn(process.execPath, ['--version'], { stdio: 'pipe' }));
  expect(await once(child, 'close')).toEqual([0, null]);
});

test('a program that does not exist is an event, which need not be listened to', async () => {
  const child = checkSpawned(spawn('/nowhere/program', { stdio: 'pipe' }));
  expect((await once(child, 'error'))[0]).toMatchObject({ code: 'ENOENT' });
});

test('a process without pipes, for lack of open files, is an error with the remedy, and its event ends nothing', () => {
  const child = new EventEmitter() as ChildProcess;
  expect(() => checkSpawned(child)).toThrow('too many open files (EMFILE). End what needs them, or raise');
  expect(() => child.emit('error', new Error('spawn EMFILE'))).not.toThrow();
});

test('Node makes a process without pipes if there are too many open files', () => {
  const script = `
    const { openSync } = require('node:fs');
    const { spawn } = require('node:child_process');
    try { for (;;) openSync('/dev/null'); } catch {}
    const child = spawn('/bin/true', { stdio: 'pipe' });
    child.on('error', ({ code }) => console.log(code, child.stdio));
  `;
  const output = execFileSync('sh', ['-c', 'ulimit -n 64; exec "$0" -e "$1"', process.execPath, script]);
  expect(output.toString()).toBe('EMFILE undefined\n');
});
