import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { copyRepository, linkPackages } from '../lib/copy-repository.ts';
import { CommandFailed } from '../lib/tools.ts';
import { tool } from './projects.ts';
import { expect, shell } from './shell.ts';

/** The versions of npm that people have. */
const NPMS = ['npm10', 'npm11'] as const;

/** The library that changes, with a text of its sources. The project's caller bundles it. */
const LIBRARY = 'libs/signed-fetch';
const BEFORE = 'attempts: call.attempts.length';
const AFTER = 'attempts: 1001';
const LATER = 'attempts: 1002';

/**
 * Makes a project from a copy of this repository, beside it, and brings later packages into it: unchanged ones, other code with the
 * same version, and a new minor version below 1.0. Each time, `npm ci` installs the code of the clone. npm's cache is empty at first, our
 * scope has no registry, and each version of npm does the same. At the end, one project takes a package from its sources, as its README says.
 * @param parent the folder for the copy and the projects
 * @throws CommandFailed
 */
export async function useProjectOfClone(parent: string): Promise<void> {
  const clone = join(parent, 'cross-account-api');
  await copyRepository(clone);
  await linkPackages(clone);
  const sessions = await Promise.all(NPMS.map((npm) => prepare(parent, clone, npm)));

  for (const { run, name } of sessions) {
    await run(clone, `npm run -s create -- ../${name} --yes --no-install`, 'Wrote ');
    await run(`${parent}/${name}`, 'git diff --exit-code && git ls-files', 'package-lock.json');
    await expectNoPath(`${parent}/${name}`, parent);
  }
  const [first] = sessions;
  await first?.run(
    clone,
    `npm run -s create -- --update ../${first.name}`,
    'Take all packages from the last build',
  );
  // Unchanged sources pack to identical bytes.
  await first?.run(
    clone,
    `rm -r node_modules/.cache/packages && npm run -s create -- --update ../${first.name}`,
    'Nothing changed',
  );

  await edit(join(clone, LIBRARY, 'src'), BEFORE, AFTER);
  await updateAll(sessions, clone, 'has other code', AFTER);
  await edit(join(clone, LIBRARY, 'src'), AFTER, LATER);
  const { version } = JSON.parse(await readFile(join(clone, LIBRARY, 'package.json'), 'utf8'));
  const [major, minor] = version.split('.').map(Number);
  const next = `${major}.${minor + 1}.0`;
  await edit(join(clone, LIBRARY), `"version": "${version}"`, `"version": "${next}"`);
  await updateAll(sessions, clone, `is now ${next}`, LATER);

  if (first === undefined) return;
  const project = join(parent, first.name);
  await first.run(project, 'npm ci --omit=dev && npm run -s demo', '"attempts": 1002');
  await first.run(project, 'npm ci', '');
  await first.run(project, await withoutOurPackages(project), '');
  const isLinked = 'test -L node_modules/@cross-account-api/assume-role';
  // The tests of the caller do not expect the change.
  await first.run(project, `${isLinked} && npm run typecheck && npx jest test/pair`, 'test/pair.test.ts');
}

/** The commands that the project's README has for a package that the owner changes. */
async function withoutOurPackages(project: string): Promise<string> {
  const readme = await readFile(join(project, 'README.md'), 'utf8');
  const [, commands] = /^## Without our packages\n.*?```sh\n(.*?)```/ms.exec(readme) ?? [];
  if (commands === undefined) throw new CommandFailed('README.md has no commands in "Without our packages".');
  return commands.trim().split('\n').join(' && ');
}

interface Session {
  /** The project's folder beside the clone. */
  readonly name: string;
  /** Runs a command with this npm. @throws CommandFailed if it fails, or does not print the text */
  run(cwd: string, command: string, text: string): Promise<void>;
}

/** Makes an environment with one npm, an empty cache, and nobody where our scope would be. */
async function prepare(parent: string, clone: string, npm: (typeof NPMS)[number]): Promise<Session> {
  const programs = join(parent, npm);
  await mkdir(programs, { recursive: true });
  await symlink(tool(`${npm}/bin/npm-cli.js`), join(programs, 'npm'));
  const configuration = join(programs, 'npmrc');
  const usual = process.env.npm_config_userconfig;
  const lines = usual === undefined ? '' : await readFile(usual, 'utf8').catch(() => '');
  // Nothing listens there: a request for one of our packages fails.
  await writeFile(
    configuration,
    `${lines}\n@cross-account-api:registry=http://127.0.0.1:9/\nfetch-retries=0\n`,
  );
  const registry = Object.entries(process.env).filter(([name]) => /^npm_config_registry$/i.test(name));
  const environment = {
    ...(Object.fromEntries(registry) as Record<string, string>),
    PATH: [programs, join(clone, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    npm_config_userconfig: configuration,
    npm_config_cache: join(programs, 'cache'),
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((role) => [
        [`GIT_${role}_NAME`, 'owner'],
        [`GIT_${role}_EMAIL`, 'owner@example.com'],
      ]),
    ),
  };
  return {
    name: `orders-${npm}`,
    async run(cwd, command, text) {
      expect(await shell(command, cwd, process.execPath, environment).ended, 0, text);
    },
  };
}

/** Updates each project, and installs from its lock file what the services deploy. @param code the text that the library has then */
async function updateAll(
  sessions: readonly Session[],
  clone: string,
  says: string,
  code: string,
): Promise<void> {
  for (const { run, name } of sessions) {
    const project = join(clone, '..', name);
    await run(clone, `npm run -s create -- --update ../${name}`, says);
    await run(project, 'npm ci --ignore-scripts --omit=dev', '');
    await expectNoPath(project, join(clone, '..'));
    await run(project, `grep -rh "${code}" node_modules/@cross-account-api/signed-fetch/dist/esm`, code);
    await run(
      project,
      'git add -A && git commit -qm "chore: later packages" && git show --stat --format=',
      'vendor/',
    );
  }
}

/** @throws CommandFailed if the lock file names a folder of this machine */
async function expectNoPath(project: string, parent: string): Promise<void> {
  const lock = await readFile(join(project, 'package-lock.json'), 'utf8');
  const found = [parent, '/cross-account-api/', '../'].filter((part) => lock.includes(part));
  if (found.length > 0) throw new CommandFailed(`package-lock.json has ${found.join(', ')}.`);
}

/** Replaces a text in the files of a folder. @throws CommandFailed if no file has it */
async function edit(folder: string, what: string, by: string): Promise<void> {
  const files = (await readdir(folder)).filter(
    (name) => /\.(?:ts|json)$/.test(name) && !name.includes('.test.'),
  );
  let edits = 0;
  for (const name of files) {
    const text = await readFile(join(folder, name), 'utf8');
    if (!text.includes(what)) continue;
    await writeFile(join(folder, name), text.replaceAll(what, by));
    edits += 1;
  }
  if (edits === 0) throw new CommandFailed(`No file in ${folder} has ${what}.`);
}
