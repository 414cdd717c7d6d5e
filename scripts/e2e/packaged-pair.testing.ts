import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  invokeRoleId,
  type ProjectService,
  projectIn,
  readServices,
  readStageSettings,
  type StageSettings,
} from '@cross-account-api/serverless-plugin';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { slsFailure } from '../../libs/cli/src/project/sls.ts';
import { projectRoot } from '../lib/project.ts';
import type { Keys } from './call-api.testing.ts';
import { apiOutputs, type TestBed } from './test-bed.testing.ts';
import { warmSls } from './warm-sls.testing.ts';

/** Placeholders in the callers' templates for the outputs of the api service, by parameter of `sls package`. */
const placeholders = {
  apiUrl: 'https://api-url.invalid',
  apiArn: 'arn:aws:execute-api:us-east-1:111111111111:api-arn.invalid/stage',
  invokeRoleArn: 'arn:invoke-role.invalid',
} as const;

/** A service of the project in a stage. */
interface StageService {
  /** Its name in serverless-compose.yml. */
  readonly name: string;
  /** Its folder, from the project's root. */
  readonly folder: string;
  readonly accountId: string;
  /** The output of the api service's stack with the ARN of the role that it assumes. */
  readonly invokeRoleOutput: string;
}

/** The options of a deployment. */
export interface PackageOptions {
  /** Default: `local` */
  readonly stage?: string;
  /** A region other than the stage's first. */
  readonly region?: string;
  /** Returns the keys of the principal who deploys a service. Default: those of the account's administrator. */
  readonly deployer?: (accountId: string, service: string) => Promise<Keys>;
  /** The only service to deploy, by its name in serverless-compose.yml. Default: all */
  readonly only?: string;
  /** As with `--param`: values of the caller that take the place of the API's outputs. */
  readonly params?: Readonly<Partial<Record<'apiUrl' | 'invokeRoleArn', string>>>;
}

/**
 * Deploys all services of stage `local` with the settings of services/stages.yml, in a tenth of the time of `sls deploy`: `sls package`
 * has run once for this state of the sources and settings, and CloudFormation gets its templates and zip files, in change sets as
 * from the CLI. Stacks that exist are updated, if no route is removed. For tests of deployed resources only: tests of the deployment
 * itself use the CLI.
 */
export async function deployPackages(
  bed: TestBed,
  { stage = 'local', region: further, deployer, only, params = {} }: PackageOptions = {},
): Promise<void> {
  const packages = await packagePair(bed.project, stage, further);
  const { region, tags } = settingsOf(bed.project, stage, further);
  let outputs: Readonly<Record<string, string>> | undefined =
    only === undefined || only === 'api' ? undefined : { ...(await apiOutputs(bed)) };
  for (const service of servicesOf(bed.project, stage, further)) {
    const { name, accountId: account, folder, invokeRoleOutput } = service;
    if (only !== undefined && name !== only) continue;
    const values = {
      apiUrl: outputs?.ApiUrl,
      apiArn: outputs?.ApiArn,
      // In access mode resource-policy, no caller has such a role.
      invokeRoleArn: outputs?.[invokeRoleOutput],
      ...params,
    };
    const replace = Object.fromEntries(
      Object.entries(values).flatMap(([key, value]) =>
        value === undefined ? [] : [[placeholders[key as keyof typeof values], value]],
      ),
    );
    const as = await deployer?.(account, name);
    const deployed = await bed.aws.deploy(join(packages, folder), { account, as, region, tags, replace });
    outputs ??= deployed.outputs;
  }
}

function settingsOf(project: ProjectCopy, stage: string, region?: string): StageSettings {
  return readStageSettings(stage, projectIn(join(project.root, 'services')), region);
}

/** The services of a stage, the API first. */
function servicesOf(project: ProjectCopy, stage: string, region?: string): readonly StageService[] {
  const { apiAccountId, callerAccountId, callers } = settingsOf(project, stage, region);
  const { all = new Map<string, ProjectService>() } = readServices(project.root);
  const services = [...all].map(([name, service]) => {
    const { folder } = service;
    const caller = callers.find(
      ({ deployment }) => deployment?.folder === folder && deployment.function === undefined,
    );
    return {
      name,
      folder,
      accountId: name === 'api' ? apiAccountId : (caller?.accountId ?? callerAccountId),
      invokeRoleOutput: `${caller === undefined ? 'InvokeRole' : invokeRoleId(caller.name)}Arn`,
    };
  });
  return services.toSorted((a, b) => Number(b.name === 'api') - Number(a.name === 'api'));
}

/** A package that no test has used for this long is removed from the cache. */
const UNUSED_MS = 24 * 3_600_000;

/**
 * Runs `sls package`.
 * @param folder the absolute path of the service
 * @returns the folder with the package
 * @throws Error with the output of the CLI
 */
export async function packageService(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const result = await warmSls(['package', ...args], { cwd: folder, environment });
  if (result.exitCode !== 0) throw new Error(`sls package in ${folder} failed:\n${slsFailure(result)}`);
  return join(folder, '.serverless');
}

/**
 * Packages all services, unless this was done already for the same sources and settings.
 * @param region of the deployment, if it is not the stage's first
 * @returns a folder with the package of each in its folder, such as `services/api`. Do not change it
 */
export async function packagePair(project: ProjectCopy, stage = 'local', region?: string): Promise<string> {
  const cache = join(projectRoot, 'node_modules/.cache/packaged-pair');
  const folder = join(cache, await fingerprint(project, stage, region));
  const unfinished = `${folder}-unfinished`;
  await mkdir(cache, { recursive: true });
  for (;;) {
    if (existsSync(folder)) {
      await utimes(folder, new Date(), new Date());
      return folder;
    }
    // The test that makes the folder is the one that packages. The others wait for it, unless it was killed.
    const isFirst = await mkdir(unfinished).then(
      () => true,
      () => false,
    );
    if (isFirst) break;
    const { mtimeMs } = await stat(unfinished).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > 120_000) await rm(unfinished, { recursive: true, force: true });
    await setTimeout(100);
  }
  try {
    const params = Object.entries(placeholders).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
    const environment = region === undefined ? {} : { STAGE_REGION: region };
    for (const service of servicesOf(project, stage, region)) {
      const from = join(project.root, service.folder);
      const packaged = await packageService(from, ['--stage', stage, ...params], environment);
      await cp(packaged, join(unfinished, service.folder), { recursive: true });
    }
    await rename(unfinished, folder);
    for (const name of await readdir(cache)) {
      const { mtimeMs } = await stat(join(cache, name)).catch(() => ({ mtimeMs: Date.now() }));
      if (Date.now() - mtimeMs > UNUSED_MS) await rm(join(cache, name), { recursive: true, force: true });
    }
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** The input of the packages: stage and settings, the placeholders, the services, the libraries in their bundles, the versions of packages. */
async function fingerprint(project: ProjectCopy, stage: string, region = ''): Promise<string> {
  const hash = createHash('sha256').update(`${stage}\0${region}\0${JSON.stringify(placeholders)}\0`);
  hash.update(await readFile(join(project.root, 'serverless-compose.yml')));
  for (const part of [
    join(project.root, 'services'),
    'libs/assume-role',
    'libs/signed-fetch',
    'libs/contract',
    'libs/api-handler',
    'libs/serverless-plugin',
  ]) {
    const folder = resolve(projectRoot, part);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name))}`)
      .filter((file) => !/\/(node_modules|dist|\.serverless|\.esbuild)\//.test(file));
    for (const file of files.sort()) hash.update(`${file}\0`).update(await readFile(join(folder, file)));
  }
  for (const file of ['package-lock.json', 'tsconfig.json']) {
    hash.update(await readFile(join(projectRoot, file)));
  }
  return hash.digest('hex').slice(0, 32);
}
