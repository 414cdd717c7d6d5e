import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { signalProcess } from '../temporary/marked-processes.ts';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const { pid = 0 } of started.splice(0)) signalProcess(-pid, 'SIGKILL');
});

/** Starts a process that is guarded, in a process group of its own, as a shell does. */
async function start(work: 'never returns' | 'takes signals' | 'ends') {
  const code = `
    import { guardEnd } from ${JSON.stringify(join(import.meta.dirname, 'last-resort.ts'))};
    guardEnd({ afterTerm: 2, afterSecondInterrupt: 1 });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => console.log(signal));
    console.log('ready');
    ${work === 'never returns' ? 'setTimeout(() => { for (;;); }, 100);' : ''}
    ${work === 'takes signals' ? 'setInterval(() => {}, 1_000);' : ''}
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--no-warnings', '-e', code], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const { pid = 0 } = child;
  const seen = { output: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      seen.output += text;
    });
  }
  const closed = once(child, 'close');
  const reaches = async (text: string) => {
    while (!seen.output.includes(text)) await delay(10);
  };
  await reaches('ready');
  if (work === 'never returns') await delay(1_000);
  return { pid, seen, closed, reaches };
}

test('a second Ctrl-C ends a process whose JavaScript never returns, and says so', async () => {
  const { pid, seen, closed } = await start('never returns');
  // On a busy machine, two signals in a row can arrive as one.
  const key = setInterval(() => signalProcess(-pid, 'SIGINT'), 500);
  expect(await closed).toEqual([null, 'SIGKILL']);
  clearInterval(key);
  expect(seen.output).toContain('Local AWS did not end by itself, and was killed.');
});

test('SIGTERM to its group, as supervisors send it, ends a process whose JavaScript never returns', async () => {
  const { pid, closed } = await start('never returns');
  process.kill(-pid, 'SIGTERM');
  expect(await closed).toEqual([null, 'SIGKILL']);
});

test('SIGTERM to the process alone ends it if its clean-up takes too long', async () => {
  const { pid, closed, reaches } = await start('takes signals');
  process.kill(pid, 'SIGTERM');
  await reaches('SIGTERM');
  expect(await closed).toEqual([null, 'SIGKILL']);
});

test('one Ctrl-C ends nothing, and the guard ends with the process', async () => {
  const { pid, seen, closed, reaches } = await start('takes signals');
  process.kill(-pid, 'SIGINT');
  await reaches('SIGINT');
  await delay(1_500);
  expect(() => process.kill(pid, 0)).not.toThrow();
  process.kill(pid, 'SIGKILL');
  // The guard has the same output: it closes when both have ended.
  expect(await closed).toEqual([null, 'SIGKILL']);
  expect(seen.output).not.toContain('did not end by itself');
});

test('the guard does not keep a process alive', async () => {
  const { closed } = await start('ends');
  expect(await closed).toEqual([0, null]);
});
