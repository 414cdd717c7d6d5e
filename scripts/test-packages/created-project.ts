import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { Tarball } from '../lib/pack-package.ts';
import { readManifest } from '../lib/packages.ts';
import { projectRoot } from '../lib/project.ts';
import { CommandFailed } from '../lib/tools.ts';
import { updatedTarballs, visibleChanges } from './higher-versions.ts';
import { type Registry, startRegistry } from './registry.ts';
import { type Ended, expect, shell } from './shell.ts';

/** Name and e-mail address for commits. The test machine may have none. */
const AUTHOR = {
  GIT_AUTHOR_NAME: 'owner',
  GIT_AUTHOR_EMAIL: 'owner@example.com',
  GIT_COMMITTER_NAME: 'owner',
  GIT_COMMITTER_EMAIL: 'owner@example.com',
};

/** A project that the program has made, with its packages installed. */
interface Created {
  readonly root: string;
  /** Runs a command in the project. @throws CommandFailed if it fails, or does not print the text */
  succeed(command: string, text?: string): Promise<string>;
  /** Starts a command that ends with Ctrl-C. */
  start(command: string): ReturnType<typeof shell>;
}

/** Makes a project with packages of a registry, as its owner does. @param options of the program */
async function createProject(
  parent: string,
  name: string,
  options: string,
  tarballs: readonly Tarball[],
  registry: Registry,
): Promise<Created> {
  const program = tarballs.find(({ folder }) => folder === 'create');
  if (program === undefined) throw new CommandFailed('There is no tarball of libs/create.');
  const npm = Object.entries(process.env).filter(([variable]) => /^npm_config_/i.test(variable));
  const environment = {
    ...(Object.fromEntries(npm) as Record<string, string>),
    ...registry.environment,
    ...AUTHOR,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  };
  const run = async (command: string, cwd: string, text = ''): Promise<string> => {
    const ended: Ended = await shell(command, cwd, process.execPath, environment).ended;
    expect(ended, 0, text);
    return ended.output;
  };
  await run(
    `npm exec --yes --package=file:${program.file} -- create-cross-account-api ${name} --yes ${options}`,
    parent,
    `files to ${name}.`,
  );
  const root = join(parent, name);
  return {
    root,
    succeed: (command, text) => run(command, root, text),
    start: (command) => shell(command, root, process.execPath, environment),
  };
}

/**
 * Makes a project, follows its README, and adds the route that the README shows.
 * @param parent the folder for the project
 * @param options of the program
 * @throws CommandFailed
 */
export async function useCreatedProject(
  parent: string,
  name: string,
  options: string,
  tarballs: readonly Tarball[],
): Promise<void> {
  await inCreatedProject(parent, name, options, tarballs, async (created) => {
    await followReadme(created);
    await removeSample(created);
  });
}

/**
 * Uses a project as {@link useCreatedProject} does, and then updates its packages to higher versions, each of which shows it.
 * @throws CommandFailed if a change does not arrive, or if a file of the owner changed
 */
export async function useAndUpdateCreatedProject(
  parent: string,
  name: string,
  options: string,
  tarballs: readonly Tarball[],
): Promise<void> {
  await inCreatedProject(parent, name, options, tarballs, async (created, registry) => {
    await followReadme(created);
    await created.succeed('git add -A && git commit -qm "feat: a route, and a further caller"');
    await update(created, registry, await updatedTarballs(join(parent, 'updated'), packed(tarballs)));
  });
}

/** Makes a project, and uses it while its packages are in a registry. */
async function inCreatedProject(
  parent: string,
  name: string,
  options: string,
  tarballs: readonly Tarball[],
  use: (created: Created, registry: Registry) => Promise<void>,
): Promise<void> {
  await mkdir(parent, { recursive: true });
  using registry = await startRegistry(readManifest().config?.scope ?? '@cross-account-api', parent);
  registry.publish(packed(tarballs));
  await use(await createProject(parent, name, options, tarballs, registry), registry);
}

/** The command that fails if a page links to a file or a heading that the project and its installed packages lack. */
function checkLinks(root: string): string {
  const modules = join(projectRoot, 'node_modules');
  const plugin = `${modules}/remark-validate-links/index.js=repository:false`;
  return `'${modules}/.bin/remark' --frail --quiet --no-stdout --use '${plugin}' '${root}/README.md' '${root}/services'`;
}

async function followReadme({ root, succeed, start }: Created): Promise<void> {
  await succeed('git diff --exit-code && git ls-files', 'package-lock.json');
  await succeed(checkLinks(root));
  await succeed('npm test', 'test/pair.test.ts');
  await succeed('npm run demo', 'all allowed');

  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const section = /^## Add a route\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const [add = '', call = '', ...others] = [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => text);
  const [deploy = '', invoke = '', verify = ''] = call.split('\n');
  if (verify === '' || others.length > 0)
    throw new CommandFailed(`"Add a route" has other commands: ${section}`);
  await addCaller(root);
  const running = start('npm start -- --port 0');
  try {
    await running.printed('Ctrl-C ends it');
    for (const command of [
      '(cd services/caller && npx sls invoke -f caller --stage local)',
      'npx sls caller:invoke -f caller --stage local',
    ]) {
      await succeed(command, '"status": 200');
    }
    await succeed('npm run check -- --stage local', 'ready to deploy');
    await succeed(`set -e\n${add}`, 'test/pair.test.ts');
    await succeed(deploy);
    const first = await succeed(invoke, '"pen"');
    // With the key of the event, the second call has the answer of the first.
    const [id = 'an ID'] = /"id": "[\da-f-]{36}"/.exec(first) ?? [];
    await succeed(invoke, id);
    await succeed(verify, 'createOrder, twice with one key');
    await succeed('npm run explain -- --stage local', 'the chain holds');
    await succeed('npm run handover -- --stage local --caller billing --out ../billing', 'openapi.json');
    await addFurtherRoutes({ root, succeed, start });
  } finally {
    running.interrupt();
  }
  expect(await running.ended, 'any', 'Ending what was started');
}

/** Adds a PUT with two path parameters and a DELETE as the README's route was added, with a test of a handler, and calls both. */
async function addFurtherRoutes({ root, succeed }: Created): Promise<void> {
  const diff = await readFile(join(import.meta.dirname, 'walk/further-routes.diff'), 'utf8');
  const { name: contract } = JSON.parse(
    await readFile(join(root, 'services/contract/package.json'), 'utf8'),
  ) as { readonly name: string };
  const file = join(root, '.git/further-routes.diff');
  await writeFile(file, diff.replaceAll('@cross-account-api/operations', contract));
  await succeed(`git apply '${file}' && npm run openapi && npm test`, 'services/api/src/address.test.ts');
  await succeed('npx sls deploy --stage local');
  const call = (event: object) =>
    `(cd services/caller && npx sls invoke -f caller --stage local -d '${JSON.stringify(event)}')`;
  const address = { customerId: 'c1', n: '1', body: { street: 'Main Street 1' } };
  await succeed(call({ operation: 'putAddress', input: address }), '"status": 201');
  await succeed(call({ operation: 'deleteOrder', input: { id: '42' } }), '"status": 204');
  await succeed('npm run verify', 'passed.');
}

/** Removes the sample as services/README.md says: the tests of the project still pass, and the call is the project's own. */
async function removeSample({ root, succeed }: Created): Promise<void> {
  const edit = async (file: string, ...changes: readonly (readonly [what: RegExp, by: string])[]) => {
    const path = join(root, 'services', file);
    let text = await readFile(path, 'utf8');
    for (const [what, by] of changes) {
      if (!what.test(text)) throw new CommandFailed(`${file} does not have ${what}.`);
      text = text.replace(what, by);
    }
    await writeFile(path, text);
  };
  await succeed(
    'rm services/contract/src/messages* services/api/src/message* services/api/src/whoami* services/api/src/address.test.ts ' +
      'services/api/src/proxy-event.testing.ts services/api/resources/messages.yml services/caller/src/caller.test.ts',
  );
  await edit(
    'contract/src/operations.ts',
    [/import \{ messageOperations .*\n/, ''],
    [/ *\.\.\.messageOperations,\n/, ''],
    [/ *getWhoami: operation\(.*?\n {2}\}\),\n/s, ''],
    [/callerSchema, /, ''],
  );
  await edit('api/serverless.yml', [/ {2}messages:\n.*(?= {2}orders:\n)/s, ''], [/.*messages\.yml.*\n/, '']);
  await edit(
    'caller/src/caller.ts',
    [/client\.postMessage/, 'client.createOrder'],
    [/\{ foo: 'bar' \}/, "{ items: ['pen', 'ink'] }"],
  );
  await edit('stages.yml', [/GET \/whoami/, 'POST /orders']);
  await succeed('npm run format && npm run openapi -- --release && npm test', 'test/pair.test.ts');
  await succeed('npm run demo', 'createOrder (POST /orders)');
}

async function update({ succeed }: Created, registry: Registry, tarballs: readonly string[]): Promise<void> {
  /** The uses of the packages: deploy and call, and write the OpenAPI document. */
  const use = async () => {
    const shown = await succeed('npm run demo', 'Who called what');
    await succeed('npm run openapi');
    return shown + (await succeed('cat services/contract/openapi.json'));
  };
  const before = await use();
  await succeed('git diff --exit-code');

  registry.publish(tarballs);
  await succeed('npm update');
  const changed = (await succeed('git status --porcelain')).trim();
  if (changed !== 'M package-lock.json')
    throw new CommandFailed(`npm update changed other files:\n${changed}`);
  const after = await use();
  const problems = visibleChanges.flatMap(({ folder, shows }) => [
    ...(before.includes(shows) ? [`libs/${folder} showed "${shows}" before the update.`] : []),
    ...(after.includes(shows) ? [] : [`libs/${folder} does not show "${shows}".`]),
  ]);
  if (problems.length > 0) throw new CommandFailed(problems.join('\n'));
}

/** Without the program, which is run from its tarball. */
function packed(tarballs: readonly Tarball[]): string[] {
  return tarballs.filter(({ folder }) => folder !== 'create').map(({ file }) => file);
}

/** Gives stage `local` a further caller, for `npm run handover`. */
async function addCaller(root: string): Promise<void> {
  const file = join(root, 'services/stages.yml');
  const text = await readFile(file, 'utf8');
  const isRole = !text.includes('resource-policy');
  const billing = {
    accountId: '222222222222',
    roleName: 'billing-export',
    ...(isRole && { externalId: 'billing-id' }),
    routes: ['GET /whoami'],
  };
  const document = parseDocument(text);
  document.setIn(['local', 'callers'], document.createNode({ billing }));
  await writeFile(file, document.toString());
}
