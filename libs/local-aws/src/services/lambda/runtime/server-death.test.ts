import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a server that is killed leaves neither processes, frozen or running, nor files', async () => {
  const server = spawn(process.execPath, [path.join(__dirname, 'server-death.fixture.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(createInterface({ input: server.stdout }), 'line');
    const { pids, folder } = JSON.parse(line) as { pids: number[]; folder: string };
    expect(pids.map(alive)).toEqual([true, true, true]);
    expect(existsSync(folder)).toBe(true);
    server.kill('SIGKILL');
    while (pids.some(alive) || existsSync(folder)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(pids.map(alive)).toEqual([false, false, false]);
  } finally {
    server.kill('SIGKILL');
  }
});
