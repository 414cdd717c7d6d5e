import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { startCommand } from './command.testing.ts';
import { edit } from './test-bed.testing.ts';
import { startWrongEndpoint, type WrongEndpoint, wrongEnvironment } from './wrong-endpoint.testing.ts';

let project: ProjectCopy;
let temporary: string;
let home: string;
let wrongEndpoint: WrongEndpoint;
beforeAll(async () => {
  project = await copyPairProject();
  temporary = await mkdtemp(join(tmpdir(), 'demo-'));
  home = await mkdtemp(join(tmpdir(), 'home-'));
  wrongEndpoint = await startWrongEndpoint();
});
afterAll(async () => {
  await project?.remove();
  await wrongEndpoint?.close();
  for (const folder of [temporary, home]) await rm(folder, { recursive: true, force: true });
});

async function demo(
  ...options: readonly string[]
): Promise<{ exitCode: number | null; document: unknown; stderr: string }> {
  const command = startCommand(project, 'demo', ['--json', ...options], {
    ...wrongEnvironment(wrongEndpoint.url, home),
    TMPDIR: temporary,
  });
  const exitCode = await command.ended;
  const { stdout, stderr } = command.output();
  return { exitCode, document: JSON.parse(stdout), stderr };
}

test('with --json, --event and --mode resource-policy, the demo prints steps, answer and chain of a caller that calls as itself in one document, from any shell, and leaves nothing behind', async () => {
  const event = { operation: 'postParcel', input: { body: { foo: 'bar' } } };
  const options = ['--mode', 'resource-policy', '--event', JSON.stringify(event)];
  const { exitCode, document, stderr } = await demo(...options);
  expect(stderr).toBe('');
  expect(document).toMatchObject({
    ok: true,
    steps: [
      { step: 'Start local AWS, two accounts' },
      { step: 'sls deploy --stage local' },
      { step: 'sls invoke -f caller --stage local' },
    ],
    calls: ['postParcel (POST /parcels)'],
    answer: { status: 200, body: { received: { foo: 'bar' }, caller: { accountId: '222222222222' } } },
    chain: { operation: 'Invoke', caused: [{ operation: 'POST /parcels' }] },
  });
  expect(exitCode).toBe(0);
  expect(wrongEndpoint.received).toEqual([]);
  expect(await readdir(temporary)).toEqual([]);
});

test('an access mode that does not exist is refused at once, with the valid ones', async () => {
  const { exitCode, stderr } = await runInProcess(['demo', '--mode', 'role'], project.root);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--mode role: must be assume-role or resource-policy.');
});

test.each([
  ['--html', '/no/such/page.html', {}, 2, '--html /no/such/page.html: the folder /no/such does not exist.'],
  ['--picture', '/no/such/map.png', {}, 2, '--picture /no/such/map.png: the folder /no/such does not exist.'],
  ['--picture', 'map.png', { CHROMIUM: '/no/chromium' }, 1, 'CHROMIUM=/no/chromium: there is no such file.'],
])(
  '%s %s that cannot work ends the demo before its first step',
  async (option, file, environment, code, message) => {
    const { exitCode, stdout, stderr } = await runInProcess(
      ['demo', option, file],
      project.root,
      environment,
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
    expect(stderr).toContain(message);
  },
);

test('a caller function whose serverless.yml does not say that it takes operations is not invoked without --event', async () => {
  const line = '    takesOperations: true\n';
  await edit(project, 'services/caller/serverless.yml', line, '');
  const { exitCode, stdout, stderr } = await runInProcess(['demo'], project.root);
  await edit(project, 'services/caller/serverless.yml', /(?<=handler: src\/caller.handler\n)/, line);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/no line "takesOperations: true" .*npm run demo -- --event '/);
});
