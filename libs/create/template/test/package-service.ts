import { execFile } from 'node:child_process';
import { cp, readFile, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const project = join(__dirname, '..');

/** Copies the services to a folder, so that packages of tests do not replace those of `npm start`. */
export async function copyServices(folder: string): Promise<void> {
  await cp(join(project, 'services'), join(folder, 'services'), {
    recursive: true,
    filter: (source) => !['.serverless', '.esbuild'].includes(basename(source)),
  });
  for (const file of ['serverless-compose.yml', 'package.json', 'tsconfig.json']) {
    await cp(join(project, file), join(folder, file));
  }
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
}

/** Runs the setting `seed` of services/stages.yml, if stage local has one. @param folder of the local AWS */
export async function seed(folder: string): Promise<void> {
  const env = { ...process.env, LOCAL_AWS_ROOT: folder };
  await promisify(execFile)(join(project, 'node_modules/.bin/cross-account'), ['seed'], {
    cwd: project,
    env,
  });
}

/**
 * Runs `sls package` for a service in the copy.
 * @param params as from `--param`
 * @returns its folder
 * @throws Error with what the command printed, which says what to change
 */
export async function packageService(
  folder: string,
  service: 'api' | 'caller',
  params: Readonly<Record<string, string | undefined>> = {},
): Promise<string> {
  const cwd = join(folder, 'services', service);
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  await promisify(execFile)(
    join(project, 'node_modules/.bin/serverless'),
    ['package', '--stage', 'local', ...given.flatMap(([name, value]) => ['--param', `${name}=${value}`])],
    { cwd },
  ).catch((error: Error & { stdout?: string; stderr?: string }) => {
    const printed = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim();
    throw new Error(`sls package of services/${service} failed:\n${printed || error.message}`);
  });
  return cwd;
}

/** The names of the functions of a packaged service. @param folder that of {@link packageService} */
export async function functionNames(folder: string): Promise<readonly string[]> {
  const file = join(folder, '.serverless/cloudformation-template-update-stack.json');
  const { Resources } = JSON.parse(await readFile(file, 'utf8')) as {
    readonly Resources: Readonly<Record<string, { Type: string; Properties?: { FunctionName?: string } }>>;
  };
  return Object.values(Resources).flatMap(({ Type, Properties }) =>
    Type === 'AWS::Lambda::Function' ? (Properties?.FunctionName ?? []) : [],
  );
}
