import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sls, slsFailure } from '../../libs/cli/src/project/sls.ts';

/** A function's code. */
export interface Bundle {
  /** e.g. `src/caller.handler` */
  readonly handler: string;
  readonly zip: Buffer;
}

/** The parts of a CloudFormation template that are read here. */
interface Template {
  readonly Resources: Readonly<
    Record<
      string,
      { readonly Properties?: { readonly Handler?: string; readonly Code?: { readonly S3Key: string } } }
    >
  >;
}

/** The parameters that the caller's template needs, because the API is not deployed. */
const PARAMETERS = ['apiUrl=https://api.invalid', 'apiArn=arn:api', 'invokeRoleArn=arn:invoke-role'];

/**
 * Packages a service with `sls package`.
 * @param cwd the folder of its serverless.yml
 * @returns its functions by the names of their zip files
 * @throws Error with the CLI's output
 */
export async function bundleFunctions(cwd: string): Promise<Map<string, Bundle>> {
  const parameters = PARAMETERS.flatMap((parameter) => ['--param', parameter]);
  const result = await sls(['package', '--stage', 'local', ...parameters], { cwd });
  if (result.exitCode !== 0) throw new Error(slsFailure(result));
  const folder = join(cwd, '.serverless');
  const text = await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8');
  const { Resources }: Template = JSON.parse(text);
  const bundles = new Map<string, Bundle>();
  for (const { Properties: { Handler: handler, Code } = {} } of Object.values(Resources)) {
    if (handler === undefined || Code === undefined) continue;
    const file = basename(Code.S3Key);
    bundles.set(basename(file, '.zip'), { handler, zip: await readFile(join(folder, file)) });
  }
  return bundles;
}
