import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  articleFolder,
  articlePython,
  hasTranslator,
} from '../../../libs/local-aws/test/article/article.testing.ts';
import { projectRoot } from '../../lib/project.ts';
import { deployPackages } from '../packaged-pair.testing.ts';
import { CALLER_ACCOUNT, startTestBed, type TestBed } from '../test-bed.testing.ts';

jest.setTimeout(900_000);

/*
 * The commands of services/MOVE.md, typed into one shell, beside a stack as the page describes it. `npm start` is replaced: local AWS
 * runs in this process, with the pair deployed.
 */

const hasCli = spawnSync('aws', ['--version']).status === 0;
const isComplete = hasCli && articlePython !== undefined && hasTranslator();
if (!isComplete) {
  console.warn(
    'The AWS CLI, aws-sam-translator or a library of Python is missing: the commands of services/MOVE.md were NOT typed.',
  );
}

let bed: TestBed;
let folder: string;
beforeAll(async () => {
  if (!isComplete) return;
  process.env.LOCAL_AWS_PYTHON = articlePython;
  bed = await startTestBed({ sample: true });
  await deployPackages(bed);
  folder = await mkdtemp(join(tmpdir(), 'move-'));
  await cp(articleFolder, join(folder, 'stack'), { recursive: true });
  await symlink(bed.project.root, join(folder, 'cross-account-api'));
  await symlink(join(bed.localAwsRoot, '.local-aws'), join(bed.project.root, '.local-aws'));
});
afterAll(async () => {
  await bed?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** The page as one script: its commands, its files and its changes, in their order. */
async function scriptOf(page: string): Promise<string> {
  const text = await readFile(join(projectRoot, page), 'utf8');
  const blocks = [...text.matchAll(/^```(sh|yaml|diff)\n(.*?)^```$/gms)];
  // The first one installs what this machine has, and starts local AWS.
  return blocks
    .slice(1)
    .map(([, language, block = '']) => {
      if (language === 'yaml') return `cat > ../cross-account-api/services/stages.yml <<'END'\n${block}END`;
      return language === 'diff' ? `git apply <<'END'\n${block}END` : block;
    })
    .join('\n');
}

/** Invokes the caller again and again, from its first success on. @returns the answers that were no success, when it is ended */
async function callsUntil(ended: AbortSignal): Promise<{ calls: number; failures: unknown[] }> {
  const administrator = bed.aws.as(CALLER_ACCOUNT);
  const failures: unknown[] = [];
  let calls = 0;
  while (!ended.aborted) {
    const answer = await administrator
      .invoke('caller')
      .then(({ payload }) => payload as { readonly status?: unknown })
      .catch((error: unknown) => ({ status: undefined, error: String(error) }));
    const succeeds = answer.status === 200;
    if (succeeds) calls += 1;
    else if (calls > 0) failures.push(answer);
    await setTimeout(200);
  }
  return { calls, failures };
}

(isComplete ? test : test.skip)(
  'The commands of the page move a stack to the pair, and no call fails meanwhile.',
  async () => {
    const script = await scriptOf('services/MOVE.md');
    const end = new AbortController();
    const calling = callsUntil(end.signal);
    // npx takes a second to find what is in PATH.
    const typed = promisify(execFile)('bash', ['-euo', 'pipefail', '-c', `npx() { "$@"; }\n${script}`], {
      cwd: join(folder, 'stack'),
      env: {
        ...process.env,
        LOCAL_AWS_ROOT: bed.localAwsRoot,
        PATH: [join(projectRoot, 'node_modules/.bin'), process.env.PATH].join(delimiter),
        NO_COLOR: '1',
        FORCE_COLOR: undefined,
      },
    }).finally(() => end.abort());
    const { stdout } = await typed.catch((error: { stdout?: string; stderr?: string; message: string }) => {
      throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
    });
    expect(stdout).toMatch(/calls https:.*: the chain holds \(\d+ links\)/);
    expect(stdout).toMatch(/high permissions-on-everything in account 111111111111/);
    expect(stdout).toMatch(/Proven: with it, .+ still allowed\./);
    const { calls, failures } = await calling;
    expect(failures).toEqual([]);
    expect(calls).toBeGreaterThan(10);
    // The last answer is that of the pair.
    const answers = [...stdout.matchAll(/"status": (\d+), "body": "(.*)"\}/g)];
    expect(answers.map(([, status]) => status)).toEqual(['200', '200', '200']);
    expect(answers.at(-1)?.[2]).toContain('assumed-role/cross-account-api-local-invoke.old');
    expect(bed.reports).toEqual([]);
  },
);
