import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { copyProject } from '../../libs/cli/src/project/project.ts';
import { sls, slsFailure } from '../../libs/cli/src/project/sls.ts';

/** A function's code. */
export interface Bundle {
  /** e.g. `src/caller.handler` */
  readonly handler: string;
  readonly zip: Buffer;
}

/** The functions of both services, and one more with nothing but the AWS SDK's STS client in it. */
export type FunctionName = 'caller' | 'whoami' | 'messages' | 'client-sts';

/** What is packaged of a service. */
export interface Package {
  readonly template: Template;
  /** The zip files that the template names, by their keys in the deployment bucket. */
  readonly zips: ReadonlyMap<string, Buffer>;
}

/** The part of a template that is used. */
interface Template {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: FunctionProperties }>
  >;
}

interface FunctionProperties {
  readonly Handler?: string;
  readonly Code?: { readonly S3Bucket: unknown; readonly S3Key: string };
}

/** Reads what `sls package` or `sls deploy` has left in a service's folder. */
export async function readPackage(service: string): Promise<Package> {
  const folder = join(service, '.serverless');
  const file = join(folder, 'cloudformation-template-update-stack.json');
  const template: Template = JSON.parse(await readFile(file, 'utf8'));
  const zips = new Map<string, Buffer>();
  for (const { Properties } of Object.values(template.Resources)) {
    const key = Properties?.Code?.S3Key;
    if (key !== undefined) zips.set(key, await readFile(join(folder, basename(key))));
  }
  return { template, zips };
}

/** Packages a folder that has a serverless.yml with `sls package`. @returns its functions by their names */
export async function packageFolder(
  cwd: string,
  options: readonly string[] = [],
): Promise<Map<string, Bundle>> {
  const result = await sls(['package', ...options], { cwd });
  if (result.exitCode !== 0) throw new Error(slsFailure(result));
  const { template, zips } = await readPackage(cwd);
  const bundles = new Map<string, Bundle>();
  for (const { Properties: { Handler: handler, Code } = {} } of Object.values(template.Resources)) {
    const zip = zips.get(Code?.S3Key ?? '');
    if (handler === undefined || Code === undefined || zip === undefined) continue;
    bundles.set(basename(Code.S3Key, '.zip'), { handler, zip });
  }
  return bundles;
}

let packaging: Promise<Map<FunctionName, Bundle>> | undefined;

/** Returns the functions as `sls package` writes them. It runs once. */
export function packageFunctions(): Promise<Map<FunctionName, Bundle>> {
  packaging ??= packageBoth();
  return packaging;
}

async function packageBoth(): Promise<Map<FunctionName, Bundle>> {
  const project = await copyProject();
  const folder = (service: string) => join(project.root, 'services', service);
  try {
    // As a function of the caller's service, so that it is bundled with the same options.
    await copyFile(join(import.meta.dirname, 'client-sts.js'), join(folder('caller'), 'src/client-sts.js'));
    const configuration = join(folder('caller'), 'serverless.yml');
    const added = 'functions:\n  client-sts: { handler: src/client-sts.handler, iamRoleStatements: [] }\n';
    const text = await readFile(configuration, 'utf8');
    const edited = text.replace(/^functions:\n/m, added);
    if (edited === text) throw new Error(`${configuration} has no line "functions:".`);
    await writeFile(configuration, edited);
    const bundles = new Map<FunctionName, Bundle>();
    for (const service of ['api', 'caller']) {
      // The caller's parameters are outputs of the API, which is not deployed.
      const parameters = ['apiUrl=https://api.invalid', 'apiArn=arn:api', 'invokeRoleArn=arn:invoke-role'];
      const options = ['--stage', 'local', ...parameters.flatMap((parameter) => ['--param', parameter])];
      for (const [name, bundle] of await packageFolder(folder(service), options)) {
        bundles.set(name as FunctionName, bundle);
      }
    }
    return bundles;
  } finally {
    await project.remove();
  }
}
