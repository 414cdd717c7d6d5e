import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { startCommand } from './command.testing.ts';
import { edit } from './test-bed.testing.ts';
import { startWrongEndpoint, wrongEnvironment } from './wrong-endpoint.testing.ts';

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

test('a service that cannot be built fails the demo at its deployment, with the reason', async () => {
  await using stack = new AsyncDisposableStack();
  const project = await copyPairProject();
  stack.defer(() => project.remove());
  const temporary = await mkdtemp(join(tmpdir(), 'demo-'));
  stack.defer(() => rm(temporary, { recursive: true, force: true }));
  await edit(project, 'services/api/src/sender.ts', /^/, "import 'not-there';\n");
  const command = startCommand(project, 'demo', ['--json'], { TMPDIR: temporary });
  expect(await command.ended).toBe(1);
  expect(JSON.parse(command.output().stdout)).toMatchObject({
    ok: false,
    steps: [{ step: 'Start local AWS, two accounts' }],
    failed: {
      step: 'sls deploy --stage local',
      reason: expect.stringContaining('Could not resolve "not-there"'),
    },
  });
  expect(await readdir(temporary)).toEqual([]);
});
