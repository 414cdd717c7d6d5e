import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { DESCRIPTION, nodesOf } from '../../../libs/cli/src/commands/demo/picture.ts';
import { pngText } from '../../../libs/cli/src/commands/demo/png-text.ts';
import { runInProcess } from '../../../libs/cli/src/run-in-process.testing.ts';
import { projectRoot } from '../../lib/project.ts';
import { startCommand } from '../command.testing.ts';
import { deployPackages } from '../packaged-pair.testing.ts';
import { startTestBed, type TestBed } from '../test-bed.testing.ts';

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ sample: true });
});
afterAll(() => bed?.close());

// The tests follow one stage, in the order of the README.

/** The commands of the README's block with this one, adapted to stage `local`. */
function blockWith(command: string): string[] {
  const block = [...readme.matchAll(/^ *```sh\n([^`]*)```$/gm)].find(([, text = '']) =>
    text.includes(command),
  );
  return (block?.[1] ?? '').split('\n').flatMap((line) => line.replace(/ +#.*$/, '').trim() || []);
}

/** A command within a sentence of the README. */
function inline(start: string): string {
  const begin = start.replace(/[()]/g, '\\$&');
  const [, command] = new RegExp(`\`(${begin}[^\`]*)\``).exec(readme.replace(/\s+/g, ' ')) ?? [];
  if (command === undefined) throw new Error(`README.md has no command that begins with ${start}.`);
  return command;
}

/** Runs a command of the README on stage `local`, as a shell would. */
function runLocally(command: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      'sh',
      // npx takes a second to find what is in PATH.
      ['-c', `npx() { "$@"; }; ${command.replace(/--stage (dev|S)\b/g, '--stage local')}`],
      {
        cwd: bed.project.root,
        env: {
          ...process.env,
          LOCAL_AWS_ROOT: bed.localAwsRoot,
          PATH: [join(projectRoot, 'node_modules/.bin'), process.env.PATH].join(delimiter),
          NO_COLOR: '1',
          FORCE_COLOR: undefined,
        },
      },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
    // `sls invoke` reads the event from standard input.
    child.stdin?.end();
  });
}

test('check, deploy and call: each command succeeds, and the last one prints the answer', async () => {
  const commands = blockWith('npm run check');
  expect(commands).toHaveLength(3);
  const outputs: string[] = [];
  for (const command of commands) {
    const { code, output } = await runLocally(command);
    expect({ command, code, output }).toMatchObject({ code: 0 });
    outputs.push(output);
  }
  expect(outputs[2]).toMatch(
    /"status": 200,\n *"body": \{\n *"id": "[\da-f-]{36}",\n *"received": \{\n *"foo": "bar"/,
  );
});

test('an event names an operation: in the folder of the caller, and in the root through Compose, it has the same answer', async () => {
  const inFolder = inline('(cd services/caller && npx sls invoke -f caller --stage dev -d');
  const [event] = /-d '.*'/.exec(inFolder) ?? [];
  const inRoot = `${inline('npx sls caller:invoke -f caller --stage dev')} ${event}`;
  for (const command of [inFolder, inRoot]) {
    expect({ command, ...(await runLocally(command)) }).toMatchObject({
      code: 0,
      output: expect.stringMatching(/"status": 200,.*"roleName": "cross-account-api-local-invoke"/s),
    });
  }
});

test('in the root, Compose has no command invoke, and a hook for it neither: it names the form that it has', async () => {
  expect(await runLocally('npx sls invoke -f caller --stage dev')).toMatchObject({
    code: 1,
    output: expect.stringContaining('"serverless <service-name>:invoke --function <function>"'),
  });
});

test('verify and explain find nothing wrong', async () => {
  const verified = await runLocally(inline('npm run verify -- --stage dev'));
  expect(verified).toMatchObject({ code: 0 });
  const explained = await runLocally(inline('npm run explain -- --stage dev'));
  expect(explained).toMatchObject({
    code: 0,
    output: expect.stringMatching(/the chain holds \(\d+ links\)/),
  });
});

test('remove removes both services', async () => {
  expect(await runLocally(inline('npx sls remove --stage dev'))).toMatchObject({ code: 0 });
  const environment = { LOCAL_AWS_ROOT: bed.localAwsRoot };
  const explained = await runInProcess(['explain', '--stage', 'local'], bed.project.root, environment);
  expect(explained).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is not deployed') });
});

test('the demo prints what the README shows: plain text of 80 columns without a terminal, which ends with a summary', async () => {
  const command = startCommand(bed.project, 'demo');
  expect(await command.ended).toBe(0);
  const { stdout } = command.output();
  const [tree = ''] = stdout.split('The answer to ');
  expect(Math.max(...tree.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  expect(stripVTControlCharacters(stdout)).toBe(stdout);
  expect(tree.replace(/\s+/g, ' ')).toMatch(
    /7 calls, all allowed\. Account 222222222222 reached the API of account 111111111111 in \d+ ms\. $/,
  );
  const [, shown = ''] = /npm run demo[\s\S]*?```text\n([\s\S]*?)```/.exec(readme) ?? [];
  // The README shows dots for the parts that it leaves out.
  const parts = shown.split('…\n').map(withoutChance);
  expect(parts).toHaveLength(3);
  let rest = withoutChance(stdout);
  for (const part of parts) {
    expect(rest).toContain(part);
    rest = rest.slice(rest.indexOf(part) + part.length);
  }
  expect(rest).toBe('');
});

describe('the pictures', () => {
  let map: string;
  beforeAll(async () => {
    const bed = await startTestBed({ sample: true });
    try {
      await deployPackages(bed);
      map = await bed.aws.localAws.saveConsole();
    } finally {
      await bed.close();
    }
  });

  test.each(['map.png', 'map-dark.png'])('the picture %s shows what the map has', (name) => {
    const picture = readFileSync(join(projectRoot, 'libs/cli/docs', name));
    const shown = pngText(picture, DESCRIPTION);
    // If it does not: npm run demo -- --picture libs/cli/docs/map.png
    expect(shown?.split('\n')).toEqual(nodesOf(map).split('\n'));
    const [, alt = ''] = /map\.png" alt="([^"]*)"/.exec(readme) ?? [];
    for (const [, route] of shown?.matchAll(/^route (.*)$/gm) ?? []) expect(alt).toContain(route);
  });
});

/** The output of a run without the parts that differ between runs: durations, IDs, and with them the breaks of lines. */
function withoutChance(output: string): string {
  return output
    .replace(/\d+(\.\d+)? m?s\b/g, 'TIME')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/-[0-9A-Z]{12}\b/g, '-SUFFIX')
    .replace(/\.[0-9a-f]{16}\b/g, '.ENVIRONMENT')
    .replace(/\b[0-9a-z]{10}(?=\/local)/g, 'API')
    .replace(/\s+/g, ' ')
    .trim();
}
