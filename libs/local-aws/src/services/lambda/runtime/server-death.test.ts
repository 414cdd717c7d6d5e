import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { isAlive, until } from '../fixtures.ts';

test('a server that is killed leaves neither processes, frozen or running, nor files', async () => {
  const server = spawn(process.execPath, [path.join(__dirname, 'server-death.fixture.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(createInterface({ input: server.stdout }), 'line');
    const { pids, folder } = JSON.parse(line) as { pids: number[]; folder: string };
    expect(pids.map(isAlive)).toEqual([true, true, true]);
    expect(existsSync(folder)).toBe(true);
    server.kill('SIGKILL');
    await until(() => !pids.some(isAlive) && !existsSync(folder));
    expect(pids.map(isAlive)).toEqual([false, false, false]);
  } finally {
    server.kill('SIGKILL');
  }
});
