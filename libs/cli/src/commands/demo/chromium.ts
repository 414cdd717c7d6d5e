import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** This machine has no Chromium that starts; the message says how to install or name one. */
export class ChromiumError extends Error {
  override readonly name = 'ChromiumError';
  readonly code = 'NO_CHROMIUM';

  constructor(problem: string) {
    super(
      `${problem}. Install Chromium (Debian: apt-get install chromium), or name its program in the variable CHROMIUM.`,
    );
  }
}

/**
 * Starts the Chromium of this machine.
 * @throws ChromiumError
 */
export async function startChromium(args: readonly string[] = []): Promise<Browser> {
  // The user root has no sandbox.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const { name, executablePath } = findChromium();
  try {
    return await chromium.launch({ executablePath, args: [...sandbox, ...args] });
  } catch {
    throw new ChromiumError(`${name}: the program did not start as Chromium`);
  }
}

/**
 * The program, and how to name it in a message.
 * @throws ChromiumError
 */
function findChromium(): { readonly name: string; readonly executablePath: string } {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM !== undefined && CHROMIUM !== '') {
    const name = `CHROMIUM=${CHROMIUM}`;
    if (!existsSync(CHROMIUM)) throw new ChromiumError(`${name}: there is no such file`);
    if (!isProgram(CHROMIUM)) throw new ChromiumError(`${name}: the file is not a program`);
    return { name, executablePath: CHROMIUM };
  }
  const folders = PATH.split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const found = [
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ].find(existsSync);
  if (found === undefined) throw new ChromiumError('No Chromium was found');
  return { name: found, executablePath: found };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
