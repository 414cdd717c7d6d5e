import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inScopeOf, type Tarball } from '../lib/pack-package.ts';
import { packageFolder, readManifest } from '../lib/packages.ts';
import { projectRoot } from '../lib/project.ts';
import { CommandFailed } from '../lib/tools.ts';
import { expect, npmInstall, shell } from './shell.ts';

const service = join(projectRoot, 'scripts/test-packages/quick-start');

/**
 * Follows the quick start of libs/local-aws/README.md, line by line, in a project with an unrelated service and the Serverless
 * CLI. Only the port is another one, and the package comes from its tarball.
 * @param tarballs that of local AWS, and those that it depends on
 * @param node the user's Node
 * @throws CommandFailed
 */
export async function followQuickStart(
  project: string,
  tarballs: readonly Tarball[],
  node: string,
): Promise<void> {
  await cp(service, project, { recursive: true });
  await writeFile(join(project, 'package.json'), '{ "name": "notes", "private": true }\n');
  await npmInstall(project, ['osls@4', '@aws-sdk/client-dynamodb@3']);
  const { plugins, commands } = await readQuickStart();
  await edit(join(project, 'serverless.yml'), /^functions:/m, `${plugins}functions:`);
  const [, install = '', start = '', deploy = '', invoke = '', explain = ''] = commands;
  const sh = (command: string) => shell(command, project, node).ended;

  const files = tarballs.map(({ file }) => file).join(' ');
  expect(await sh(install.replace(/\.\.\/cross-account-api\/dist\/\S+/, files)), 0, '');
  const running = shell(`${start} --port 0`, project, node);
  try {
    await running.printed('Ctrl-C ends it');
    expect(await sh(deploy), 0, 'my-company');
    expect(await sh(invoke), 1, 'is not authorized to perform: dynamodb:PutItem');
    const explained = await sh(explain);
    expect(explained, 0, 'The smallest change that allows it:');
    expect(explained, 0, '"Action": "dynamodb:PutItem"');
    await edit(join(project, 'serverless.yml'), 'dynamodb:GetItem', 'dynamodb:PutItem');
    expect(await sh(deploy), 0, '');
    expect(await sh(invoke), 0, 'kept');
    expect(await sh(explain), 0, 'The same has succeeded since');
  } finally {
    running.interrupt();
  }
  expect(await running.ended, 'any', 'dynamodb PutItem');
  expect(await sh(deploy), 1, 'Start local AWS with `node_modules/.bin/local-aws start`');
}

/**
 * Uses the commands on a Node that cannot run functions.
 * @throws CommandFailed
 */
export async function useCommands(
  project: string,
  tarballs: readonly Tarball[],
  node: string,
): Promise<void> {
  await mkdir(join(project, 'service'), { recursive: true });
  await writeFile(join(project, 'package.json'), '{ "name": "notes", "private": true }\n');
  await npmInstall(
    project,
    tarballs.map(({ file }) => file),
  );
  const sh = (command: string) => shell(command, join(project, 'service'), node).ended;
  const running = shell('node_modules/.bin/local-aws start --port 0', project, node);
  try {
    await running.printed('Ctrl-C ends it');
    expect(await sh('../node_modules/.bin/local-aws faults'), 0, '"plan": null');
    expect(await sh('../node_modules/.bin/local-aws explain'), 1, 'No request in the trace was refused');
    const who = 'arn:aws:iam::111111111111:user/administrator';
    const question = `--principal ${who} --action s3:GetObject --resource 'arn:aws:s3:::bucket/key'`;
    expect(await sh(`../node_modules/.bin/local-aws explain ${question}`), 0, 'AdministratorAccess');
    expect(
      await sh('../node_modules/.bin/local-aws explain --nonsense'),
      2,
      'node_modules/.bin/local-aws explain --help lists the options',
    );
  } finally {
    running.interrupt();
  }
  expect(await running.ended, 'any', 'npm install --save-dev node@24');
}

/** The lines of the quick start: those for serverless.yml, and the commands. */
async function readQuickStart(): Promise<{ plugins: string; commands: readonly string[] }> {
  const readme = inScopeOf(
    readManifest(),
    await readFile(join(packageFolder('local-aws'), 'README.md'), 'utf8'),
  );
  const section = /^## Quick start\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const block = (language: string) =>
    new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(section)?.[1] ?? '';
  const commands = block('sh')
    .split('\n')
    .map((line) => line.replace(/ +#.*$/, ''));
  return { plugins: block('yaml'), commands };
}

async function edit(file: string, what: string | RegExp, by: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const edited = text.replace(what, by);
  if (edited === text) throw new CommandFailed(`${file} has no ${what}.`);
  await writeFile(file, edited);
}

/**
 * Uses the policy engine and the program `cross-account` in a project that has no pair.
 * @throws CommandFailed
 */
export async function explainElsewhere(
  project: string,
  tarballs: readonly Tarball[],
  node: string,
): Promise<void> {
  await mkdir(project, { recursive: true });
  await writeFile(
    join(project, 'package.json'),
    '{ "name": "elsewhere", "private": true, "type": "module" }\n',
  );
  await npmInstall(
    project,
    tarballs.map(({ file }) => file),
  );
  const sh = (command: string) => shell(command, project, node).ended;
  const readme = inScopeOf(readManifest(), await readFile(join(packageFolder('iam'), 'README.md'), 'utf8'));
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  await writeFile(join(project, 'question.ts'), code);
  expect(await sh('node question.ts'), 0, 'no identity-based policy allows it');
  expect(await sh('node_modules/.bin/cross-account --help'), 0, 'says why a call is refused');
  const forbidden = `--error '{"message":"Forbidden"}'`;
  expect(await sh(`node_modules/.bin/cross-account explain ${forbidden}`), 2, '--api');
  expect(await sh('node_modules/.bin/cross-account check'), 2, 'which is not installed');
  expect(await sh('node_modules/.bin/cross-account explain --unused'), 2, 'which is not installed');
}
