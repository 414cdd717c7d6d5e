import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { fromIni } from '@aws-sdk/credential-providers';
import type { Link } from '../../libs/cli/src/call/link.ts';
import { inScopeOf } from '../lib/pack-package.ts';
import { readManifest } from '../lib/packages.ts';
import { projectRoot } from '../lib/project.ts';
import { CommandFailed } from '../lib/tools.ts';
import { breaks, createClients, type DeployedApp } from './cdk-breaks.ts';
import { expect, shell } from './shell.ts';

const region = 'eu-central-1';
/** The accounts of local AWS, by the profile of their administrator. */
const accounts = { 'local-api': '111111111111', 'local-caller': '222222222222' } as const;
type Profile = keyof typeof accounts;

/**
 * Bootstraps both accounts with the CDK, and deploys an app with an API and a caller in the other account: the unchanged CDK,
 * against local AWS from its package. The caller calls a REST API before and after a second deployment, and then an HTTP API that
 * replaces it. Each API is broken in each of the {@link breaks}, and `cross-account explain` names the broken link. A last deployment
 * breaks the trust, which `local-aws explain` finds. Then both stacks are destroyed.
 * @param modules a folder node_modules in which the packages are installed
 * @param tools the path of a file of the tools, e.g. `aws-cdk/bin/cdk`
 * @throws CommandFailed
 */
export async function deployWithCdk(
  project: string,
  modules: string,
  tools: (path: string) => string,
): Promise<void> {
  await createApp(project, modules, tools);
  const sh = (command: string) => shell(command, project, process.execPath).ended;
  const cdk = async (profile: Profile, command: string): Promise<void> => {
    const environment = `. .local-aws/env && export AWS_PROFILE=${profile} CDK_HOME=.cdk`;
    expect(await sh(`${environment} && node ${tools('aws-cdk/bin/cdk')} ${command}`), 0, '');
  };
  const deploy = (profile: Profile, stack: string, context: Readonly<Record<string, string>> = {}) => {
    const contexts = Object.entries(context).map(([name, value]) => `--context ${name}=${value}`);
    return cdk(
      profile,
      `deploy ${stack} --require-approval never --outputs-file ${stack}.json ${contexts.join(' ')}`,
    );
  };

  const running = shell('node_modules/.bin/local-aws start --port 0', project, process.execPath);
  try {
    await running.printed('Ctrl-C ends it');
    for (const [profile, accountId] of Object.entries(accounts)) {
      await cdk(profile as Profile, `bootstrap aws://${accountId}/${region}`);
    }
    await deploy('local-api', 'Api');
    let apiUrl = await outputOf(project, 'Api', 'Url');
    await deploy('local-caller', 'Caller', { apiUrl });
    await expectAnswer(
      project,
      '{"greeting":"Hello, Ada","caller":"arn:aws:sts::111111111111:assumed-role/greetings-invoke/greetings"}',
    );
    await deploy('local-api', 'Api', { greeting: 'Welcome' });
    await expectAnswer(project, '{"greeting":"Welcome, Ada"');
    await expectBreaksExplained(project, false);

    await deploy('local-api', 'Api', { http: 'true' });
    apiUrl = await outputOf(project, 'Api', 'Url');
    await deploy('local-caller', 'Caller', { apiUrl });
    await expectAnswer(
      project,
      '{"greeting":"Hello, Ada","caller":"arn:aws:sts::111111111111:assumed-role/greetings-invoke/greetings"}',
    );
    await expectBreaksExplained(project, true);

    await deploy('local-api', 'Api', { http: 'true', callerRole: 'somebody-else' });
    // The function's environment has credentials of the role; a new one has to assume it.
    await deploy('local-caller', 'Caller', { apiUrl, round: '2' });
    await expectAnswer(project, 'AssumeRoleDenied');
    expect(await sh('node_modules/.bin/local-aws explain'), 0, 'no role trust policy allows it');

    for (const [profile, stack] of [
      ['local-caller', 'Caller'],
      ['local-api', 'Api'],
    ] as const) {
      await cdk(profile, `destroy ${stack} --force`);
      await expectGone(project, profile, stack);
    }
  } finally {
    running.interrupt();
  }
  expect(await running.ended, 'any', '');
}

/** Puts the app into a folder, with the packages and the CDK in its node_modules. */
async function createApp(project: string, modules: string, tools: (path: string) => string): Promise<void> {
  const source = join(projectRoot, 'scripts/test-packages/cdk');
  await cp(source, project, { recursive: true });
  const caller = join(project, 'caller.mjs');
  await writeFile(caller, inScopeOf(readManifest(), await readFile(caller, 'utf8')));
  await writeFile(
    join(project, 'package.json'),
    '{ "name": "greetings", "private": true, "type": "module" }\n',
  );
  // The CDK looks for this file to find the root of the project.
  await writeFile(join(project, 'package-lock.json'), '{ "lockfileVersion": 3, "packages": {} }\n');
  await mkdir(join(project, 'node_modules'));
  for (const name of await readdir(modules)) {
    if (name !== '.package-lock.json')
      await symlink(join(modules, name), join(project, 'node_modules', name));
  }
  for (const name of ['aws-cdk-lib', 'constructs']) {
    await symlink(tools(name), join(project, 'node_modules', name));
  }
}

async function outputOf(project: string, stack: string, name: string): Promise<string> {
  const outputs = JSON.parse(await readFile(join(project, `${stack}.json`), 'utf8'));
  return String(outputs[stack][name]);
}

/** Options of a client of the SDK for an account of the local AWS that runs in a project. */
async function optionsOf(project: string, profile: Profile) {
  const folder = join(project, '.local-aws');
  const { url: endpoint } = JSON.parse(await readFile(join(folder, 'endpoint.json'), 'utf8'));
  const files = { filepath: join(folder, 'credentials'), configFilepath: join(folder, 'config') };
  return { endpoint: String(endpoint), region, credentials: fromIni({ profile, ...files }) };
}

/**
 * Breaks the deployed app in each way, and asks `cross-account explain` for the broken link.
 * @throws CommandFailed if it names another link than the broken one, or if the call is not sound without a break
 */
async function expectBreaksExplained(project: string, isHttp: boolean): Promise<void> {
  const clients = createClients(
    await optionsOf(project, 'local-api'),
    await optionsOf(project, 'local-caller'),
  );
  const app: DeployedApp = {
    ...clients,
    apiUrl: await outputOf(project, 'Api', 'Url'),
    functionName: await outputOf(project, 'Api', 'FunctionName'),
    isHttp,
  };
  const sound = {
    api: app.apiUrl,
    route: 'GET /greetings/Ada',
    caller: `arn:aws:lambda:${region}:222222222222:function:greetings-caller`,
    role: 'arn:aws:iam::111111111111:role/greetings-invoke',
    'external-id': 'kV3mQ9xT7pLw',
    'caller-profile': 'local-caller',
    'api-profile': 'local-api',
  };
  const brokenLinks = async (options: Readonly<Record<string, string>>): Promise<string> => {
    const given = Object.entries({ ...sound, ...options }).map(([name, value]) => `--${name} '${value}'`);
    const command = `. .local-aws/env && node_modules/.bin/cross-account explain ${given.join(' ')} --json`;
    const { output } = await shell(command, project, process.execPath).ended;
    if (!output.startsWith('{')) throw new CommandFailed(`explain printed no document:\n${output}`);
    const { links } = JSON.parse(output) as { readonly links: readonly Link[] };
    return links.flatMap(({ kind, state }) => (state === 'holds' ? [] : [`${kind} ${state}`])).join(', ');
  };
  const expectLinks = async (what: string, wanted: string, options = {}): Promise<void> => {
    const found = await brokenLinks(options);
    if (found !== wanted)
      throw new CommandFailed(`${what}: expected the links "${wanted}", explain has "${found}".`);
  };

  await expectLinks('the sound app', '');
  for (const { what, link, options, breakIt } of breaks) {
    const undo = await breakIt?.(app);
    await expectLinks(what, `${link} breaks`, options);
    await undo?.();
  }
  await expectLinks('the repaired app', '');
  for (const client of Object.values(clients)) client.destroy();
}

/** Invokes the caller. @throws CommandFailed if its answer does not have the text */
async function expectAnswer(project: string, text: string): Promise<void> {
  const client = new LambdaClient(await optionsOf(project, 'local-caller'));
  const Payload = JSON.stringify({ name: 'Ada' });
  const answer = await client.send(new InvokeCommand({ FunctionName: 'greetings-caller', Payload }));
  client.destroy();
  const payload = Buffer.from(answer.Payload ?? []).toString();
  if (!payload.includes(text)) throw new CommandFailed(`Expected the answer ${text}, got ${payload}`);
}

/** @throws CommandFailed if a stack exists */
async function expectGone(project: string, profile: Profile, StackName: string): Promise<void> {
  const client = new CloudFormationClient(await optionsOf(project, profile));
  try {
    await client.send(new DescribeStacksCommand({ StackName }));
  } catch {
    return;
  } finally {
    client.destroy();
  }
  throw new CommandFailed(`cdk destroy left the stack ${StackName}.`);
}
