import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { sls, slsFailure } from '../../libs/cli/src/project/sls.ts';
import { storedZip } from '../../libs/local-aws/src/services/lambda/code/stored-zip.ts';
import { unzip } from '../../libs/local-aws/src/services/lambda/code/unzip.ts';
import { createTemporaryFolder } from '../../libs/local-aws/src/temporary/index.ts';

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
 * @param config the name of that file, if it has another one
 * @returns its functions by the names of their zip files
 * @throws Error with the CLI's output
 */
export async function bundleFunctions(cwd: string, config = 'serverless.yml'): Promise<Map<string, Bundle>> {
  const parameters = PARAMETERS.flatMap((parameter) => ['--param', parameter]);
  const result = await sls(['package', '--config', config, '--stage', 'local', ...parameters], { cwd });
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

/**
 * Puts a module before a function's code that adds `bench` to its answer: CPU times of its process in milliseconds, and the round trips that
 * `as-on-aws.cjs` has counted, since the end of the last invocation.
 */
export async function measured({ handler, zip }: Bundle): Promise<Bundle> {
  const files: Record<string, Buffer> = {};
  const folder = await createTemporaryFolder('bench');
  try {
    await unzip(zip, folder.path);
    for (const entry of await readdir(folder.path, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile()) files[relative(folder.path, file)] = await readFile(file);
    }
  } finally {
    await folder.close();
  }
  const [module = '', name = ''] = handler.split('.');
  const isModule = `${module}.mjs` in files;
  const [file, source] = isModule
    ? ['measured.mjs', `import { ${name} as run } from './${module}.mjs';\n${MEASURE}export { handler };\n`]
    : [
        'measured.cjs',
        `const { ${name}: run } = require('./${module}.cjs');\n${MEASURE}module.exports = { handler };\n`,
      ];
  return { handler: 'measured.handler', zip: storedZip({ ...files, [file]: source }) };
}

const MEASURE = `
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const roundTrips = globalThis[Symbol.for('cross-account-api.bench')] ?? (() => 0);
let initCpuMs = cpuMs();
let before = { cpuMs: initCpuMs, roundTrips: 0 };
const handler = async (event, context) => {
  const answer = await run(event, context);
  const now = { cpuMs: cpuMs(), roundTrips: roundTrips() };
  const bench = { initCpuMs, cpuMs: now.cpuMs - before.cpuMs, roundTrips: now.roundTrips - before.roundTrips };
  initCpuMs = 0;
  before = { cpuMs: cpuMs(), roundTrips: now.roundTrips };
  return { ...answer, bench };
};
`;
