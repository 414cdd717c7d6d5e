import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { askOptions } from './ask.ts';
import {
  ACCESS_MODES,
  checkOption,
  defaultsFor,
  type ProjectOptions,
  Refusal,
  readCommandLine,
} from './options.ts';
import { type ProjectFiles, projectFiles } from './project.ts';
import { readSources } from './sources.ts';

export type { ProjectOptions } from './options.ts';
export { type ProjectFiles, projectFiles } from './project.ts';
export { readSources, type Sources } from './sources.ts';

const help = `Makes a project in which a Lambda function of one AWS account calls an API of another, which admits IAM-signed
requests only. It runs on your machine as it is, without an AWS account.

Usage: npm create cross-account-api@latest <folder> -- [options]

  --name NAME          what the services are called after (default: the name of the folder)
  --scope @SCOPE       the npm scope of the project's own packages (default: @NAME)
  --region REGION      the region of stage dev (default: us-east-1)
  --access-mode MODE   how callers get in: ${ACCESS_MODES.join(' or ')} (default: ${ACCESS_MODES[0]})
  --no-idempotency     a repeated Idempotency-Key is executed again
  --alarms             stage dev has alarms and dashboards
  --no-ci              no workflows of GitHub Actions
  --no-git             no git repository
  -y, --yes            asks nothing: what is not given gets its default
`;

/**
 * Runs the program.
 * @param args the arguments of the command line
 */
export async function run(args: readonly string[]): Promise<void> {
  try {
    const { folder = '', given, yes, git, help: wantsHelp } = readCommandLine(args);
    if (wantsHelp) {
      process.stdout.write(help);
      return;
    }
    if (folder === '')
      throw new Refusal('Give the folder of the new project: npm create cross-account-api@latest orders.');
    const target = resolve(folder);
    checkFolder(target, folder);
    const options = await optionsFor(basename(target), given, yes);
    const files = projectFiles(readSources(), options, randomBytes(16).toString('hex'));
    writeProject(target, files);
    const note = git ? commit(target) : '';
    process.stdout.write(farewell(relative(process.cwd(), target) || '.', Object.keys(files).length, note));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

async function optionsFor(
  name: string,
  given: Partial<ProjectOptions>,
  yes: boolean,
): Promise<ProjectOptions> {
  // In CI, for example, there is no terminal to answer.
  if (!yes && process.stdin.isTTY) {
    return askOptions(name, given, { input: process.stdin, output: process.stdout });
  }
  const chosen = given.name ?? name;
  checkOption('name', chosen);
  return { ...defaultsFor(chosen), ...given };
}

/** @throws Refusal unless the folder is new or empty */
function checkFolder(target: string, typed: string): void {
  if (!existsSync(target)) return;
  if (!statSync(target).isDirectory())
    throw new Refusal(`${typed} is a file: give a new or an empty folder.`);
  if (readdirSync(target).length > 0)
    throw new Refusal(`The folder ${typed} is not empty: give a new or an empty one.`);
}

function writeProject(target: string, files: ProjectFiles): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    // Never overwrites a file.
    writeFileSync(join(target, path), text, { flag: 'wx' });
  }
}

/** Makes a git repository with a first commit. @returns a hint for the user if that fails, or else empty text */
function commit(target: string): string {
  try {
    for (const args of [
      ['init', '-q'],
      ['add', '-A'],
      ['commit', '-q', '-m', 'feat: a cross-account API'],
    ]) {
      execFileSync('git', args, { cwd: target, stdio: 'pipe' });
    }
    return '';
  } catch {
    return 'No commit was made: git is not installed, or user.name and user.email are not set (git config --global).\n';
  }
}

function farewell(folder: string, files: number, note: string): string {
  const enter = folder === '.' ? '' : `  cd ${folder}\n`;
  return `Wrote ${files} files to ${folder}.\n${note}
${enter}  npm install
  npm run demo   # both services on local AWS, one call, and who was allowed what
  npm test
  npm start      # local AWS in the foreground
`;
}
