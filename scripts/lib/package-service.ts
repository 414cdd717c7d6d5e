import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sls, slsFailure } from '../../libs/cli/src/project/sls.ts';

/** A CloudFormation template, as far as it is read here. */
export interface Template {
  readonly Resources: Readonly<
    Record<
      string,
      { readonly Properties?: { readonly Handler?: string; readonly Code?: { readonly S3Key: string } } }
    >
  >;
}

/** A function's code. */
export interface Bundle {
  /** e.g. `src/caller.handler` */
  readonly handler: string;
  readonly zip: Buffer;
}

/** What the caller's template needs of the API, which is not deployed. */
const PARAMETERS = ['apiUrl=https://api.invalid', 'apiArn=arn:api', 'invokeRoleArn=arn:invoke-role'];

/**
 * Packages a service with `sls package`.
 * @param cwd the folder of its serverless.yml
 * @throws Error with the CLI's output
 */
export async function packageService(cwd: string, stage: string, region?: string): Promise<Template> {
  const parameters = PARAMETERS.flatMap((parameter) => ['--param', parameter]);
  const options = ['--stage', stage, ...parameters, ...(region === undefined ? [] : ['--region', region])];
  const result = await sls(['package', ...options], { cwd });
  if (result.exitCode !== 0) throw new Error(slsFailure(result));
  return JSON.parse(
    await readFile(join(cwd, '.serverless/cloudformation-template-update-stack.json'), 'utf8'),
  ) as Template;
}

/** Packages a service. @returns its functions by the names of their zip files */
export async function bundleFunctions(cwd: string): Promise<Map<string, Bundle>> {
  const { Resources } = await packageService(cwd, 'local');
  const bundles = new Map<string, Bundle>();
  for (const { Properties: { Handler: handler, Code } = {} } of Object.values(Resources)) {
    if (handler === undefined || Code === undefined) continue;
    const file = basename(Code.S3Key);
    bundles.set(basename(file, '.zip'), { handler, zip: await readFile(join(cwd, '.serverless', file)) });
  }
  return bundles;
}
