import { pairProject } from '../../project/pair.testing.ts';
import { runInProcess } from '../../run-in-process.testing.ts';

test('a stage that cannot be one is refused before a stack trace is read', async () => {
  const { exitCode, stderr } = await runInProcess(['stack-trace', '--stage', 'no stage'], pairProject);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('no stage');
});
