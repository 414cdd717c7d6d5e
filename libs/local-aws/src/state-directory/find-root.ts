import { existsSync, lstatSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { whyUntrusted } from './read-state-directory.ts';
import { stateFiles } from './state-files.ts';

/**
 * The folder in which local AWS makes its state directory, unless it is named: that of the nearest `serverless-compose.yml`, or else of
 * the nearest `package.json`, or else `from` itself.
 * @param from a folder; its parents are searched as well
 */
export function projectRoot(from: string): string {
  const folders = foldersUpFrom(from);
  const withFile = (name: string) => folders.find((folder) => existsSync(join(folder, name)));
  return withFile('serverless-compose.yml') ?? withFile('package.json') ?? resolve(from);
}

/**
 * The folder with the state directory of the local AWS that is meant in `from`: the nearest in which one runs, or else in which one
 * has run, or else that in which one would make its own. A state directory of another user does not count.
 */
export function findRoot(from: string): string {
  const known = foldersUpFrom(from).filter(isTrusted);
  const running = known.find((folder) => existsSync(stateFiles(folder).endpoint));
  return running ?? known[0] ?? projectRoot(from);
}

function isTrusted(folder: string): boolean {
  const stats = lstatSync(stateFiles(folder).directory, { throwIfNoEntry: false });
  return stats !== undefined && whyUntrusted(stats) === undefined;
}

function foldersUpFrom(from: string): string[] {
  const folders = [resolve(from)];
  for (;;) {
    const last = folders.at(-1) ?? from;
    const parent = dirname(last);
    if (parent === last) return folders;
    folders.push(parent);
  }
}
