import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { copyRepository, linkPackages } from '../../lib/copy-repository.ts';
import { projectRoot } from '../../lib/project.ts';

/** A copy of this repository, as its next owner has it: with the packages installed, and committed. */
export interface Fork {
  /** The absolute path of its folder. */
  readonly root: string;
  /**
   * Runs commands in its root, as an owner's shell would. The first one that fails ends them.
   * @returns what they printed
   * @throws Error with the commands and what they printed, if one fails
   */
  run(commands: string): Promise<string>;
  /**
   * Follows a part of README.md: runs its blocks of commands, and applies its diffs.
   * @param begin the first words of the part: a heading, or a paragraph in bold
   * @param end the first words after it
   */
  follow(begin: string, end: string): Promise<void>;
  /** Runs both levels of tests that an owner runs. */
  test(): Promise<void>;
  remove(): Promise<void>;
}

/** Copies this repository, with uncommitted changes, into a new temporary folder. */
export async function forkRepository(): Promise<Fork> {
  const root = await mkdtemp(join(tmpdir(), 'fork-'));
  await copyRepository(root);
  await linkPackages(root);
  const run = (commands: string) => runIn(root, commands);
  await run(
    'git init -q && git add -A && git -c user.name=owner -c user.email=owner@example.com commit -qm fork',
  );
  return {
    root,
    run,
    async follow(begin, end) {
      for (const { language, text } of await blocksOfReadme(begin, end)) {
        if (language === 'diff') {
          await writeFile(join(root, '.git/change.diff'), text);
          await run('git apply .git/change.diff');
        } else await run(text);
      }
    },
    async test() {
      await run('git add -A && npm test -- --maxWorkers=2 --silent');
      await run('npm run test:stages -- --maxWorkers=2 --silent');
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/**
 * The blocks of a part of README.md.
 * @param begin the first words of the part: a heading, or a paragraph in bold
 * @param end the first words after it
 * @throws Error if README.md has no such part, or if the part has no blocks
 */
export async function blocksOfReadme(begin: string, end: string) {
  const readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
  const [, part = ''] = readme.split(`\n${begin}`);
  const blocks = [...(part.split(`\n${end}`)[0] ?? '').matchAll(/^```(sh|diff)\n(.*?)^```/gms)];
  if (blocks.length === 0) throw new Error(`README.md has no blocks between ${begin} and ${end}.`);
  return blocks.map(([, language = '', text = '']) => ({ language, text }));
}

async function runIn(cwd: string, commands: string): Promise<string> {
  // npm and Jest would pass variables about this repository and this test to the commands.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_|JEST_|LOCAL_AWS_|NODE_ENV$|NODE_OPTIONS$)/.test(name),
  );
  const env = {
    ...Object.fromEntries(inherited),
    PATH: [join(cwd, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
  };
  const running = promisify(execFile)('sh', ['-ec', commands], { cwd, env, maxBuffer: 2 ** 27 });
  // Nothing may wait for input.
  running.child.stdin?.end();
  try {
    const { stdout, stderr } = await running;
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`In the fork, this failed:\n${commands}\n${stdout}${stderr}`, { cause: error });
  }
}
