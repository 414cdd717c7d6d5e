import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { unzip } from '../../libs/local-aws/src/services/lambda/code/unzip.ts';
import { createTemporaryFolder } from '../../libs/local-aws/src/temporary/index.ts';
import { copyProject } from './project.ts';
import { sls, slsFailure } from './sls.ts';

/** A function's code, as it is deployed. */
export interface PackagedFunction {
  /** Name of the module in the zip file, e.g. `src/caller.mjs`. */
  readonly file: string;
  readonly code: Uint8Array;
  readonly zip: Buffer;
}

/** Packages a service with `sls package`. @returns its functions by their names */
export async function packageService(service: 'api' | 'caller'): Promise<Map<string, PackagedFunction>> {
  const project = await copyProject();
  try {
    const outputs = ['apiUrl=https://api.invalid', 'apiArn=arn:api', 'invokeRoleArn=arn:invoke-role'];
    const params = outputs.flatMap((output) => ['--param', output]);
    return await packageFolder(join(project.root, 'services', service), ['--stage', 'local', ...params]);
  } finally {
    await project.remove();
  }
}

/** Packages a folder that has a serverless.yml with `sls package`. @returns its functions by their names */
export async function packageFolder(
  cwd: string,
  options: readonly string[] = [],
): Promise<Map<string, PackagedFunction>> {
  const result = await sls(['package', ...options], { cwd });
  if (result.exitCode !== 0) throw new Error(slsFailure(result));
  const folder = join(cwd, '.serverless');
  const zips = (await readdir(folder)).filter((name) => name.endsWith('.zip'));
  return new Map(
    await Promise.all(
      zips.map(async (name) => [basename(name, '.zip'), await readPackage(join(folder, name))] as const),
    ),
  );
}

async function readPackage(path: string): Promise<PackagedFunction> {
  const zip = await readFile(path);
  const { path: folder, close } = await createTemporaryFolder('package');
  try {
    await unzip(zip, folder);
    const entries = await readdir(folder, { recursive: true });
    const file = entries.find((entry) => /\.[cm]?js$/.test(entry));
    if (file === undefined) throw new Error(`${path} has no JavaScript.`);
    return { file, code: await readFile(join(folder, file)), zip };
  } finally {
    await close();
  }
}
