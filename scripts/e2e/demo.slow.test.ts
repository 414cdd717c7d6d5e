import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { startCommand } from './command.testing.ts';
import { startWrongEndpoint, wrongEnvironment } from './wrong-endpoint.testing.ts';

jest.setTimeout(120_000);

test('Ctrl-C is acknowledged, ends the demo during its deployment, and leaves nothing behind', async () => {
  await using stack = new AsyncDisposableStack();
  const project = await copyPairProject();
  stack.defer(() => project.remove());
  const wrongEndpoint = await startWrongEndpoint();
  stack.defer(() => wrongEndpoint.close());
  const folder = async (name: string) => {
    const path = await mkdtemp(join(tmpdir(), name));
    stack.defer(() => rm(path, { recursive: true, force: true }));
    return path;
  };
  const [temporary, home] = [await folder('demo-'), await folder('home-')];
  const command = startCommand(project, 'demo', [], {
    ...wrongEnvironment(wrongEndpoint.url, home),
    TMPDIR: temporary,
  });
  await command.printed('Start local AWS');
  command.interrupt();
  expect(await command.ended).toBe(130);
  const { stderr } = command.output();
  expect(stderr).toMatch(/^\nEnding what was started\. Ctrl-C again ends at once\.\n/);
  expect(stderr).toMatch(/\nInterrupted\.\n$/);
  expect(await readdir(temporary)).toEqual([]);
});
