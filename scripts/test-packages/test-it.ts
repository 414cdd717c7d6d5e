import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inScopeOf, type Tarball } from '../lib/pack-package.ts';
import { packageFolder, readManifest } from '../lib/packages.ts';
import { expect, npmInstall, shell } from './shell.ts';

/**
 * Follows "Test it" in the README of a library, in a project that has the packages, middy and Jest.
 * @param library the folder below `libs/`
 * @throws CommandFailed
 */
export async function testAsReadmeSays(
  project: string,
  library: 'assume-role' | 'signed-fetch',
  tarballs: readonly Tarball[],
): Promise<void> {
  const root = readManifest();
  const read = async (folder: string, file: string) =>
    inScopeOf(root, await readFile(join(packageFolder(folder), file), 'utf8'));
  const sectionOf = async (folder: string) =>
    /^## Test it\n(.*?)^## /ms.exec(await read(folder, 'README.md'))?.[1] ?? '';
  // The other README refers to its configuration of Jest.
  const configuring = await sectionOf('signed-fetch');
  const files = { ...filesIn(configuring), ...filesIn(await sectionOf(library)) };
  await mkdir(project, { recursive: true });
  await writeFile(join(project, 'package.json'), '{ "name": "team", "private": true }\n');
  await writeFile(join(project, 'handler.ts'), await read(library, 'examples/handler.ts'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
  const [, tools = ''] = /`npm install --save-dev ([^`]*)`/.exec(configuring) ?? [];
  const packed = tarballs.filter(({ folder }) => folder === library).map(({ file }) => file);
  await npmInstall(project, [...packed, '@middy/core@7', ...tools.split(' ')]);
  expect(await shell('npx jest', project, process.execPath).ended, 0, '1 passed');
}

/** The files that a section shows, by name: a comment at their start. */
function filesIn(section: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...section.matchAll(/```(?:js|ts)\n(\/\/ (\S+)\n.*?)```/gs)].map(([, text = '', name = '']) => [
      name,
      text,
    ]),
  );
}
