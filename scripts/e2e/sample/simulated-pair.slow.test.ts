import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { nodeFlags, projectRoot } from '../../lib/project.ts';

const pair = 'scripts/e2e/sample/simulated-pair.ts';

test('in 100 histories of faults the routes of the sample and its caller keep every invariant', async () => {
  const options = ['--pair', pair, '--histories', '100', '--from', '1', '--json'];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...nodeFlags, 'scripts/simulate.ts', ...options],
    { cwd: projectRoot },
  );
  const { ok, histories, counts } = JSON.parse(stdout);
  expect({ ok, histories }).toEqual({ ok: true, histories: 100 });
  expect(counts.executions).toBeGreaterThan(500);
}, 900_000);
