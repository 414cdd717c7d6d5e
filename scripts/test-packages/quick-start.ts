import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { inScopeOf, type Tarball } from '../lib/pack-package.ts';
import { packageFolder, readManifest } from '../lib/packages.ts';
import { projectRoot } from '../lib/project.ts';
import { CommandFailed, run } from '../lib/tools.ts';

const service = join(projectRoot, 'scripts/test-packages/quick-start');

/** A shell command that has ended. */
interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/**
 * Follows the quick start of libs/local-aws/README.md, line by line, in a project that has an unrelated service and the Serverless
 * CLI. Only the port is another one, and the package comes from its tarball.
 * @param node the Node that the user has
 * @throws CommandFailed
 */
export async function followQuickStart(project: string, tarball: Tarball, node: string): Promise<void> {
  await cp(service, project, { recursive: true });
  await writeFile(join(project, 'package.json'), '{ "name": "notes", "private": true }\n');
  await npmInstall(project, ['osls@4', '@aws-sdk/client-dynamodb@3']);
  const { plugins, commands } = await readQuickStart();
  await edit(join(project, 'serverless.yml'), /^functions:/m, `${plugins}functions:`);
  const [install = '', start = '', deploy = '', invoke = '', explain = ''] = commands;
  const sh = (command: string) => shell(command, project, node).ended;

  expect(await sh(install.replace(tarball.name, tarball.file)), 0, '');
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
  expect(await sh(deploy), 1, 'Start local AWS with `npx local-aws start`');
}

/**
 * Uses the commands on a Node that cannot run functions.
 * @throws CommandFailed
 */
export async function useCommands(project: string, tarball: Tarball, node: string): Promise<void> {
  await mkdir(join(project, 'service'), { recursive: true });
  await writeFile(join(project, 'package.json'), '{ "name": "notes", "private": true }\n');
  await npmInstall(project, [tarball.file]);
  const sh = (command: string) => shell(command, join(project, 'service'), node).ended;
  const running = shell('npx local-aws start --port 0', project, node);
  try {
    await running.printed('Ctrl-C ends it');
    expect(await sh('npx local-aws faults'), 0, '"plan": null');
    expect(await sh('npx local-aws explain'), 1, 'The trace has no refused request');
    const who = 'arn:aws:iam::111111111111:user/administrator';
    const question = `--principal ${who} --action s3:GetObject --resource 'arn:aws:s3:::bucket/key'`;
    expect(await sh(`npx local-aws explain ${question}`), 0, 'AdministratorAccess');
    expect(await sh('npx local-aws explain --nonsense'), 2, 'npx local-aws explain --help lists the options');
  } finally {
    running.interrupt();
  }
  expect(await running.ended, 'any', 'npm install --save-dev node@24');
}

async function npmInstall(project: string, packages: readonly string[]): Promise<void> {
  await run(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...packages],
    project,
  );
}

/** The lines of the quick start: what goes into serverless.yml, and the commands. */
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

/** Runs a command as the user's shell would, with this Node. */
function shell(command: string, cwd: string, node: string) {
  // npm would tell the commands about the package that it runs a script of, which is this repository's.
  const variables = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|LOCAL_AWS_)/.test(name),
  );
  const child: ChildProcess = spawn('sh', ['-c', command], {
    cwd,
    env: {
      ...Object.fromEntries(variables),
      PATH: [dirname(node), process.env.PATH].join(delimiter),
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, which Ctrl-C reaches as a whole.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code]): Ended => ({ code: code as number | null, output }));
  return {
    ended,
    async printed(text: string): Promise<void> {
      while (!output.includes(text)) {
        const more = once(child.stdout ?? child, 'data').then(() => undefined);
        const over = await Promise.race([more, ended]);
        if (over !== undefined && !output.includes(text)) {
          throw new CommandFailed(`${command} ended without printing "${text}":\n${output}`);
        }
      }
    },
    interrupt(): void {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    },
  };
}

/** @throws CommandFailed if a command ended otherwise, or did not print the text */
function expect({ code, output }: Ended, wantedCode: number | 'any', text: string): void {
  if ((wantedCode === 'any' || code === wantedCode) && output.includes(text)) return;
  throw new CommandFailed(
    `Expected exit code ${wantedCode} and "${text}", got exit code ${code} and:\n${output}`,
  );
}
