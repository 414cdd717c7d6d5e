import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { runInProcess } from '../../../libs/cli/src/run-in-process.testing.ts';
import { projectRoot } from '../../lib/project.ts';

// readme.slow.test.ts runs the commands of the README on a stage.

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');

test('without its packages, the demo ends as the README says', async () => {
  const root = await mkdtemp(join(tmpdir(), 'no-packages-'));
  await cp(join(projectRoot, 'package.json'), join(root, 'package.json'));
  // The packages of this repository are in PATH, here.
  const folders = (process.env.PATH ?? '').split(delimiter).filter((each) => !each.includes('node_modules'));
  const env = { ...process.env, PATH: folders.join(delimiter) };
  const ended = await promisify(execFile)('npm', ['run', 'demo'], { cwd: root, env }).catch(String);
  await rm(root, { recursive: true });
  expect(ended).toMatch(/cross-account: (command )?not found/);
  expect(readme).toContain('`cross-account: not found`');
});

test('every command of both READMEs exists, and every option that they name', async () => {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const commands = new Map<string, Set<string>>();
  // A table row and a sentence begin with the command and name its options.
  const ofServices = readFileSync(join(projectRoot, 'services/README.md'), 'utf8');
  for (const part of `${readme}\n\n${ofServices}`.split(/\n\n|\n(?=\| `)/)) {
    const [, run, direct] = /npm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/.exec(part) ?? [];
    const name = run ?? direct;
    if (name === undefined) continue;
    const options = commands.get(name) ?? new Set();
    for (const [, option = ''] of part.matchAll(/`-- --([\w-]+)/g)) options.add(option);
    commands.set(name, options);
  }
  expect([...commands.keys()].filter((name) => !(name in scripts))).toEqual([]);
  for (const [name, options] of commands) {
    if (options.size === 0) continue;
    const [, command] = /^cross-account (\S+)$/.exec(scripts[name]) ?? [];
    const output =
      command === undefined
        ? await helpOf(scripts[name])
        : (await runInProcess([command, '--help'], projectRoot)).stdout;
    for (const option of options) expect(output).toContain(`--${option}`);
  }
});

/** What a script of package.json prints about its options. */
async function helpOf(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', `${script} --help`], {
    cwd: projectRoot,
    env: {
      ...process.env,
      PATH: [join(projectRoot, 'node_modules/.bin'), process.env.PATH].join(delimiter),
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
    },
  });
  return stdout;
}
