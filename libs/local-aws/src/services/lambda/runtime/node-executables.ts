import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { commandName } from '../../../core/command-name.ts';
import type { Runtime } from '../functions/settings.ts';

/** A message with the remedy if this process's Node, which runs functions, is not Node 24 as on AWS; otherwise `undefined`. */
export function whyNotNode24(version = process.version, execPath = process.execPath): string | undefined {
  if (/^v24\./.test(version)) return undefined;
  return `Functions run on Node 24, as nodejs24.x does on AWS, but local AWS runs on Node ${version} (${execPath}). Install Node 24, or add it to the project (npm install --save-dev node@24). Then start local AWS again with ${commandName('start')}.`;
}

const VARIABLE = 'LOCAL_AWS_NODE22';

/** Node's `fetch` goes through a proxy from this minor version of Node 22 on (https://nodejs.org/en/blog/release/v22.21.0). */
const FIRST_MINOR = 21;

/**
 * Makes the function that finds Node for a function: for `nodejs22.x` a Node 22 of this machine, otherwise this process's Node.
 * @param report receives one message for a person if there is no Node 22
 */
export function createNodeFinder(
  report: (message: string) => void,
  environment: NodeJS.ProcessEnv = process.env,
): (runtime: Runtime) => Promise<string> {
  let node22: Promise<string> | undefined;
  return async (runtime) => {
    if (runtime !== 'nodejs22.x') return process.execPath;
    node22 ??= findNode22();
    return node22;
  };

  async function findNode22(): Promise<string> {
    const { [VARIABLE]: named } = environment;
    const candidates = named === undefined ? await candidatesOf(environment) : [named];
    for (const candidate of candidates) if (await isNode22(candidate)) return candidate;
    const where =
      named === undefined ? 'neither PATH nor nvm has one' : `${VARIABLE} is ${named}, which is not one`;
    report(
      `Functions of nodejs22.x run on Node ${process.versions.node}, as Node 22.${FIRST_MINOR} or later was not found: ${where}. Differences between the two show only on AWS. Install one (nvm install 22), or name one in ${VARIABLE}, and start local AWS again.`,
    );
    return process.execPath;
  }
}

/** The paths where a Node 22 may be: the folders of PATH, then nvm's, the newest first. */
async function candidatesOf({ PATH = '', NVM_DIR }: NodeJS.ProcessEnv): Promise<string[]> {
  const versions = path.join(NVM_DIR ?? path.join(homedir(), '.nvm'), 'versions/node');
  const installed = (await readdir(versions).catch(() => [])).filter((name) => name.startsWith('v22.'));
  const newestFirst = installed.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const folders = PATH.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return [
    ...folders.map((folder) => path.join(folder, 'node')),
    ...newestFirst.map((name) => path.join(versions, name, 'bin/node')),
  ];
}

async function isNode22(executable: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(executable, ['--version'], { timeout: 5_000 });
    const [, minor] = /^v22\.(\d+)\./.exec(stdout) ?? [];
    return Number(minor) >= FIRST_MINOR;
  } catch {
    return false;
  }
}
