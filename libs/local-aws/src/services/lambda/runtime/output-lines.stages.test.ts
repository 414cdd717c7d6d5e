import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const source = (path: string) => JSON.stringify(join(__dirname, path));

/** In a process of its own, whose memory nothing else fills. */
const flood = `
  const { createOutputLines } = await import(${source('output-lines.ts')});
  const { LogStore } = await import(${source('../../logs/store.ts')});
  const store = new LogStore({ now: () => new Date() });
  const group = store.createGroup({ accountId: '111111111111', region: 'us-east-1' }, 'flood');
  const output = createOutputLines(
    (message) => store.write(group, 'stream', [{ timestamp: 0, message }]),
    () => {},
  );
  const chunk = Buffer.alloc(65_536, 'x');
  for (let at = 0; at < 600 * 1024 * 1024; at += chunk.length) {
    output.push(Buffer.from(chunk));
    if (at % (64 * chunk.length) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  output.end();
  console.log(process.memoryUsage().heapUsed);
`;

test('600 MB of a function in one line leave little more than the 64 MB that the logs keep', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', flood]);
  expect(Number(stdout) / 1024 / 1024).toBeLessThan(250);
});
