import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { askOptions } from './ask.ts';
import { installPackages, NpmFailed, writeLockFile } from './npm.ts';
import {
  ACCESS_MODES,
  type CommandLine,
  checkOption,
  defaultsFor,
  type ProjectOptions,
  Refusal,
  readCommandLine,
} from './options.ts';
import { type ProjectFiles, projectFiles } from './project.ts';
import { readSources } from './sources.ts';
import { updateProject, type VendorOrigin, vendorInto } from './update.ts';
import type { PackedPackage } from './vendor.ts';

export type { ProjectOptions } from './options.ts';
export { type ProjectFiles, projectFiles } from './project.ts';
export { readSources, type Sources } from './sources.ts';
export type { PackedPackage } from './vendor.ts';

/** A clone of the repository, from which the program runs: its packages take the place of those of a registry. */
export interface Clone {
  /** Absolute path of its root. */
  readonly root: string;
  /** The time of its last commit. ISO 8601, UTC */
  readonly packedAt: string;
  /** Builds and packs the packages that a project uses. */
  pack(): Promise<readonly PackedPackage[]>;
  /** Gives the names of our packages in a text the scope of the clone. */
  inScope(text: string): string;
}

/** The command of a clone that runs the program. */
const FROM_CLONE = 'npm run create --';

const helpOf = (
  clone: Clone | undefined,
): string => `Makes a project in which a Lambda function of one AWS account calls an API of
another. It runs on your machine as it is, without an AWS account.

Usage: ${clone === undefined ? 'create-cross-account-api' : FROM_CLONE} <folder> [options]

  --name NAME         The name from which the services get theirs (default the
                      folder's)
  --scope @SCOPE      The npm scope of its own packages (default @NAME)
  --region REGION     The region of stage dev (default us-east-1)
  --access-mode MODE  ${ACCESS_MODES.join(' or ')} (default ${ACCESS_MODES[0]})
  --alarms            Stage dev has alarms and dashboards
  --no-ci             No workflows of GitHub Actions
  --no-git            No git repository
  --no-install        Installs nothing; the lock file is made in any case
${
  clone === undefined
    ? ''
    : `  --update            Brings the packages of this clone into a project. Only vendor/,
                      package.json and the lock file change
`
}  -y, --yes           Asks nothing: what is not given gets its default
  --version           Prints the version
  -h, --help          Shows this

Examples:
  ${clone === undefined ? 'create-cross-account-api' : FROM_CLONE} ../orders --yes
${
  clone === undefined
    ? ''
    : `  ${FROM_CLONE} --update ../orders
`
}
Exit code: 0 made or updated; 1 npm failed; 2 wrong options, or the folder is
           not empty
`;

/**
 * Runs the program.
 * @param args the arguments of the command line
 * @param clone where the packages come from. Absent: from a registry
 */
export async function run(args: readonly string[], clone?: Clone): Promise<void> {
  try {
    const line = readCommandLine(args);
    if (line.help) {
      process.stdout.write(helpOf(clone));
      return;
    }
    if (line.version) {
      process.stdout.write(`${ownVersion()}\n`);
      return;
    }
    const { folder = '' } = line;
    if (folder === '')
      throw new Refusal(`Give the folder of the ${line.update ? '' : 'new '}project, such as ../orders.`);
    const target = resolve(folder);
    if (line.update) await update(target, folder, clone);
    else await create(target, folder, line, clone);
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof NpmFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error instanceof Refusal ? 2 : 1;
  }
}

/** Beside `src`, or above `dist/esm`. */
function ownVersion(): string {
  const files = ['..', '../..'].map((folder) => join(import.meta.dirname, folder, 'package.json'));
  const file = files.find((each) => existsSync(each)) ?? '';
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

async function create(
  target: string,
  folder: string,
  line: CommandLine,
  clone: Clone | undefined,
): Promise<void> {
  checkFolder(target, folder, clone);
  const options = await optionsFor(basename(target), line.given, line.yes);
  const packages = await clone?.pack();
  const files = projectFiles(readSources(), options, randomBytes(16).toString('hex'));
  writeProject(target, files, clone);
  if (clone !== undefined && packages !== undefined) vendorInto(target, packages, originOf(target, clone));
  const shown = relative(process.cwd(), target) || '.';
  process.stdout.write(`Wrote ${Object.keys(files).length} files to ${shown}.\n`);
  await lockOrExplain(target, shown);
  const note = line.git ? commit(target) : '';
  if (line.install) await installPackages(target);
  process.stdout.write(farewell(shown, note, line.install));
}

/** @throws NpmFailed that says how to go on */
async function lockOrExplain(target: string, shown: string): Promise<void> {
  try {
    await writeLockFile(target);
  } catch (error) {
    if (!(error instanceof NpmFailed)) throw error;
    throw new NpmFailed(
      `${error.message}\n${shown} has all other files, and no commit. Once npm works: npm install, then commit the files with package-lock.json.`,
    );
  }
}

async function update(target: string, folder: string, clone: Clone | undefined): Promise<void> {
  if (clone === undefined)
    throw new Refusal(
      '--update takes packages from a clone: run it there. From a registry, npm update in the project brings them.',
    );
  if (!existsSync(join(target, 'package.json')))
    throw new Refusal(`${folder} has no package.json: give the folder of a project that this program made.`);
  const changes = await updateProject(target, folder, await clone.pack(), originOf(target, clone));
  process.stdout.write(
    changes.length === 0
      ? 'Nothing changed: the project has these packages already.\n'
      : `${changes.map((change) => `${change}.\n`).join('')}
In ${folder}:

  npm install
  npm test

A new minor version of 0.x can demand changes of yours: they are above, and CHANGELOG.md in the package's folder in node_modules says more.
`,
  );
}

function originOf(target: string, { packedAt }: Clone): VendorOrigin {
  // In the clone, beside which the project is.
  return { command: `${FROM_CLONE} --update ../${basename(target)}`, packedAt };
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

/** @throws Refusal unless the folder is new or empty, and outside the clone */
function checkFolder(target: string, typed: string, clone: Clone | undefined): void {
  if (clone !== undefined && !relative(clone.root, target).startsWith('..'))
    throw new Refusal(`The folder ${typed} is in the clone: give one beside it, such as ../orders.`);
  if (!existsSync(target)) return;
  if (!statSync(target).isDirectory())
    throw new Refusal(`${typed} is a file: give a new or an empty folder.`);
  if (readdirSync(target).length > 0)
    throw new Refusal(`The folder ${typed} is not empty: give a new or an empty one.`);
}

function writeProject(target: string, files: ProjectFiles, clone: Clone | undefined): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    // Never overwrites a file.
    writeFileSync(join(target, path), clone?.inScope(text) ?? text, { flag: 'wx' });
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

function farewell(folder: string, note: string, installed: boolean): string {
  const enter = folder === '.' ? '' : `  cd ${folder}\n`;
  return `${note}
${enter}${installed ? '' : '  npm install\n'}  npm run demo   # both services on local AWS, one call, and who was allowed what
  npm test
  npm start      # local AWS in the foreground
`;
}
