import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';

const openers: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer' };

/** Opens a URL by a file (0600) with a redirect, as other users see a command's arguments. @throws Error without a browser */
export async function openInBrowser(
  url: string,
  file: string,
  env: Readonly<NodeJS.ProcessEnv> = process.env,
): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, redirectTo(url), { mode: 0o600, flag: 'wx' });
  const command = openers[process.platform] ?? 'xdg-open';
  await new Promise<void>((resolve, reject) => {
    spawn(command, [file], { env, stdio: 'ignore', detached: true })
      .once('spawn', resolve)
      .once('error', (error) => reject(new Error(`${command} cannot be started: ${error.message}`)))
      .unref();
  });
}

/** @param url of this machine, without quotes and spaces */
function redirectTo(url: string): string {
  return `<!doctype html>\n<meta charset="utf-8">\n<meta name="referrer" content="no-referrer">\n<meta http-equiv="refresh" content="0; url=${url}">\n<title>Local AWS</title>\n`;
}
