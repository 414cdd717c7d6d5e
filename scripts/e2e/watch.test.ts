import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { fromIni } from '@aws-sdk/credential-providers';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import type { ProjectCopy } from '../../libs/cli/src/project/project.ts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { type RunningCommand, startCommand } from './command.testing.ts';
import { edit } from './test-bed.testing.ts';

jest.setTimeout(120_000);

const source = 'services/caller/src/caller.ts';

let project: ProjectCopy;
let temporary: string;
let running: RunningCommand;
let lambda: LambdaClient;
let caller: string;
beforeAll(async () => {
  project = await copyPairProject();
  temporary = await mkdtemp(join(tmpdir(), 'watch-'));
  const environment = { TMPDIR: temporary, LOCAL_AWS_ROOT: undefined };
  running = startCommand(project, 'start', ['--port', '0', '--watch'], environment);
  await running.printed('Ctrl-C ends it');
  const [, endpoint = ''] = /runs at (http:\S+)\./.exec(running.output().stdout) ?? [];
  const filepath = join(project.root, '.local-aws/credentials');
  const credentials = fromIni({ profile: 'local-caller', filepath });
  lambda = new LambdaClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  caller = stageNames('local', project.root).caller;
});
afterAll(async () => {
  lambda?.destroy();
  running?.interrupt();
  expect(await running?.ended).toBe(0);
  await project?.remove();
  await rm(temporary, { recursive: true, force: true });
});

async function invokeCaller(): Promise<unknown> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: caller }));
  return JSON.parse(Payload?.transformToString() ?? 'null');
}

/** Waits until the caller answers so. */
async function answered(wanted: string): Promise<void> {
  while ((await invokeCaller()) !== wanted) await setTimeout(50);
}

/** What is printed from now on. */
function fromNow(): () => string {
  const { length } = running.output().stdout;
  return () => running.output().stdout.slice(length);
}

test('a changed handler is deployed, alone, and a line says so', async () => {
  expect(running.output().stdout).toContain('The sources are watched');
  const printed = fromNow();
  await edit(
    project,
    source,
    /export const handler =/,
    'export const handler = async () => "first";\nexport const former =',
  );
  await running.printed(`${caller} has the new code`);
  expect(printed()).toMatch(new RegExp(`^✔ ${caller} has the new code \\d+\\.\\d s\\n$`, 'm'));
  expect(printed().match(/has the new code/g)).toHaveLength(1);
  expect(await invokeCaller()).toBe('first');
});

test('an error of the bundler is shown with its place, and the old code stays; the repaired handler is deployed', async () => {
  const printed = fromNow();
  await edit(project, source, '"first"', '"second');
  await running.printed('The old code stays');
  expect(printed()).toContain(`✘ The old code stays in ${caller}.`);
  expect(printed()).toContain('Unterminated string literal');
  expect(printed()).toContain('src/caller.ts:');
  expect(await invokeCaller()).toBe('first');

  await edit(project, source, '"second', '"second"');
  await answered('second');
});

test('a new module that a handler imports is watched, too', async () => {
  const folder = join(project.root, 'services/caller/src');
  await writeFile(join(folder, 'answer.ts'), 'export const answer: string = "third";\n');
  await edit(project, source, '"second"', 'answer');
  await edit(project, source, /^/, "import { answer } from './answer.ts';\n");
  await answered('third');
  await writeFile(join(folder, 'answer.ts'), 'export const answer: string = "fourth";\n');
  await answered('fourth');
});

test('a change of serverless.yml, or of a file that it names, says how to deploy it', async () => {
  const printed = fromNow();
  await edit(project, 'services/caller/serverless.yml', 'memorySize: 256', 'memorySize: 512');
  await running.printed('services/caller/serverless.yml changed');
  expect(printed()).toContain(
    '! services/caller/serverless.yml changed. To deploy that: npx sls deploy --stage local',
  );
  await edit(project, 'services/api/resources/alarms.yml', /$/, '\n# changed\n');
  await running.printed('services/api/resources/alarms.yml changed');
  expect(printed()).not.toContain('has the new code');
});
