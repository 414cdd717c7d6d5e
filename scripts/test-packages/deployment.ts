import { globSync } from 'node:fs';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inScopeOf } from '../lib/pack-package.ts';
import { readManifest } from '../lib/packages.ts';
import { projectRoot } from '../lib/project.ts';
import { CommandFailed, run } from '../lib/tools.ts';

/** The files of services/ that the plugin works on: all but the handlers. */
const FILES = ['esbuild.config.cjs', '{api,caller}/*.yml', 'api/resources/*.yml', 'contract/openapi.json'];

/** A services/stages.yml with the stage `dev`. */
const settings =
  'dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: 0123456789abcdef, alarms: true }';

/**
 * Packages the two services of this repository, with handlers that do nothing, in a project that has the packed packages.
 * @param modules a folder node_modules in which they are installed
 * @param node the Node that runs the CLI
 * @throws CommandFailed
 */
export async function packageServices(project: string, modules: string, node: string): Promise<void> {
  const services = join(project, 'services');
  await mkdir(project, { recursive: true });
  await symlink(modules, join(project, 'node_modules'));
  await cp(join(projectRoot, 'serverless-compose.yml'), join(project, 'serverless-compose.yml'));
  for (const file of globSync(FILES, { cwd: join(projectRoot, 'services') })) {
    const text = await readFile(join(projectRoot, 'services', file), 'utf8');
    await mkdir(join(services, file, '..'), { recursive: true });
    await writeFile(join(services, file), inScopeOf(readManifest(), text));
  }
  await writeFile(join(services, 'stages.yml'), settings);
  for (const service of ['api', 'caller']) {
    const folder = join(services, service);
    const text = await readFile(join(folder, 'serverless.yml'), 'utf8');
    for (const [, source = ''] of text.matchAll(/handler: (src\/[\w-]+)\.handler/g)) {
      await mkdir(join(folder, 'src'), { recursive: true });
      await writeFile(
        join(folder, `${source}.js`),
        'export const handler = async () => ({ statusCode: 204 });',
      );
    }
    await packageService(folder, node);
  }
  const template = await readFile(
    join(services, 'api/.serverless/cloudformation-template-update-stack.json'),
    'utf8',
  );
  const deployments = template.match(/"ApiGatewayDeployment[0-9a-f]{16}[AB]": \{/g) ?? [];
  if (deployments.length !== 2)
    throw new CommandFailed('The plugin has not changed the template of the API.');
}

/**
 * Packages a service for stage `dev`, without an api stack.
 * @param folder of the service, beside which stages.yml has {@link settings}
 * @param node the Node that runs the CLI
 * @throws CommandFailed
 */
async function packageService(folder: string, node: string): Promise<void> {
  const params = ['apiUrl=https://api.invalid', 'apiArn=arn:api', 'invokeRoleArn=arn:invoke-role'];
  await run(
    node,
    [
      join(projectRoot, 'node_modules/serverless/bin/serverless.js'),
      ...['package', '--stage', 'dev'],
      ...params.flatMap((param) => ['--param', param]),
    ],
    folder,
  );
}
