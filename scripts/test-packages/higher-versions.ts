import { glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CommandFailed, run } from '../lib/tools.ts';

/** A change of a package that its user sees. */
interface VisibleChange {
  /** The folder below `libs/`. */
  readonly folder: string;
  /** A text of the build, and its replacement. */
  readonly edit: readonly [what: RegExp, by: string];
  /** The text that `npm run demo` prints then, or that the OpenAPI document has. */
  readonly shows: string;
}

/** One change of each package. */
export const visibleChanges: readonly VisibleChange[] = [
  {
    folder: 'assume-role',
    edit: [/RoleSessionName: String\(sessionName\)/, 'RoleSessionName: "updated-session"'],
    shows: '"sessionName": "updated-session"',
  },
  {
    folder: 'signed-fetch',
    edit: [/attempts: call\.attempts\.length/, 'attempts: 1001'],
    shows: '"attempts": 1001',
  },
  {
    folder: 'api-handler',
    edit: [/roleName: session\?\.role \?\? null/, 'roleName: "updated-role"'],
    shows: '"roleName": "updated-role"',
  },
  {
    folder: 'contract',
    edit: [/The request was executed\./, 'The request was carried out.'],
    shows: 'The request was carried out.',
  },
  {
    folder: 'serverless-plugin',
    edit: [/Sid: (['"])InvokeRoutes\1/, 'Sid: "UpdatedRoutes"'],
    shows: 'UpdatedRoutes',
  },
  {
    folder: 'command-line',
    edit: [/(?<=\$\{name\} )of(?= \$\{owner\})/, 'owned-by'],
    shows: 'owned-by',
  },
  {
    folder: 'iam',
    edit: [/label: sid \|\| `#\$\{position\}`/, 'label: sid || `no.$' + '{position}`'],
    shows: 'statement no.1',
  },
  { folder: 'local-aws', edit: [/, all allowed\./, ', all permitted.'], shows: 'calls, all permitted.' },
  {
    folder: 'cli',
    edit: [/Who called what, as whom/, 'Who called what, and as whom'],
    shows: 'Who called what, and as whom',
  },
];

/**
 * Packs each package again: with a higher version, and with its visible change.
 * @param target the folder for the tarballs
 * @param tarballs the paths of the current ones
 * @returns the paths of the new ones
 */
export async function updatedTarballs(target: string, tarballs: readonly string[]): Promise<string[]> {
  const updated: string[] = [];
  for (const tarball of tarballs) {
    const change = visibleChanges.find(({ folder }) =>
      new RegExp(`/${folder}-\\d[\\w.-]*\\.tgz$`).test(tarball),
    );
    if (change === undefined) throw new CommandFailed(`${tarball} has no visible change.`);
    const folder = join(target, change.folder);
    await mkdir(folder, { recursive: true });
    await run('tar', ['-xzf', tarball, '-C', folder], target);
    await raiseVersion(join(folder, 'package/package.json'));
    await edit(join(folder, 'package/dist'), change);
    const file = join(target, basename(tarball));
    await run('tar', ['-czf', file, '-C', folder, 'package'], target);
    updated.push(file);
  }
  return updated;
}

async function raiseVersion(file: string): Promise<void> {
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  const [major, minor, patch] = manifest.version.split('.').map(Number);
  await writeFile(file, JSON.stringify({ ...manifest, version: `${major}.${minor}.${patch + 1}` }));
}

async function edit(dist: string, { folder, edit: [what, by] }: VisibleChange): Promise<void> {
  let edits = 0;
  for await (const name of glob('{esm,cjs}/**/*.js', { cwd: dist })) {
    const text = await readFile(join(dist, name), 'utf8');
    if (!what.test(text)) continue;
    edits += 1;
    await writeFile(
      join(dist, name),
      text.replaceAll(new RegExp(what, 'g'), () => by),
    );
  }
  if (edits === 0) throw new CommandFailed(`What is built of libs/${folder} has no ${what}.`);
}
