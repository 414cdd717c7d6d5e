import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFunction } from '../../libs/cli/src/project/bundle-function.ts';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { unzip } from '../../libs/local-aws/src/services/lambda/code/unzip.ts';
import { projectRoot } from '../lib/project.ts';
import { edit } from './test-bed.testing.ts';
import { warmSls } from './warm-sls.testing.ts';

/** A package that cannot be bundled: it has native code, and reads a file beside itself. */
const NAME = 'native-sample';

let project: ProjectCopy;
let api: string;
beforeAll(async () => {
  project = await copyPairProject();
  api = join(project.root, 'services/api');
  const tarball = await packNativePackage(project.root);
  const manifest = join(api, 'package.json');
  const { dependencies, ...rest } = JSON.parse(await readFile(manifest, 'utf8'));
  // npm would ask the registry for the others. They are in the bundle.
  await writeFile(manifest, JSON.stringify({ ...rest, dependencies: { [NAME]: `file:${tarball}` } }));
  await writeFile(
    join(api, 'src/sender.ts'),
    `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { level, text } from '${NAME}';
const sql = readFileSync(join(process.env.LAMBDA_TASK_ROOT ?? 'services/api', 'src/orders.sql'), 'utf8');
export const handler = async () => \`\${typeof level.db_init} \${text} \${sql}\`;\n`,
  );
  await applyReadme();
  // services/README.md, "Own files at run time".
  await writeFile(join(api, 'src/orders.sql'), 'SELECT 1');
  await edit(
    project,
    'services/api/serverless.yml',
    'handler: src/sender.handler\n',
    'handler: src/sender.handler\n    package: { patterns: [src/orders.sql] }\n',
  );
});
afterAll(() => project?.remove());

/** Makes the package, installed in the service as npm does in a workspace. @returns its tarball, relative to the service */
async function packNativePackage(root: string): Promise<string> {
  const folder = join(api, 'node_modules', NAME);
  await mkdir(folder, { recursive: true });
  const require = createRequire(__filename);
  const classicLevel = dirname(require.resolve('classic-level/package.json'));
  await copyFile(require('node-gyp-build').path(classicLevel), join(folder, 'level.node'));
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: NAME, version: '1.0.0', main: 'index.js' }),
  );
  await writeFile(join(folder, 'text.txt'), 'read beside the package');
  await writeFile(
    join(folder, 'index.js'),
    `exports.level = require('./level.node');
exports.text = require('node:fs').readFileSync(__dirname + '/text.txt', 'utf8');\n`,
  );
  const packed = spawnSync('npm', ['pack', '--pack-destination', root], { cwd: folder, encoding: 'utf8' });
  if (packed.status !== 0) throw new Error(packed.stderr);
  return `../../${NAME}-1.0.0.tgz`;
}

/** Applies the change that services/README.md shows, for our package. */
async function applyReadme(): Promise<void> {
  const readme = await readFile(join(projectRoot, 'services/README.md'), 'utf8');
  const [, section = ''] = readme.split('\n## Packages that cannot be bundled\n');
  const [, diff = ''] = /```diff\n(.*?)```/s.exec(section) ?? [];
  const { status, stderr } = spawnSync('git', ['apply', '-'], {
    cwd: project.root,
    input: diff.replace("'sharp'", `'${NAME}'`),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

test('a package that cannot be bundled, and a file of the service, are in the zip file, as services/README.md says, and the function loads both', async () => {
  const unpacked = await mkdtemp(join(tmpdir(), 'external-'));
  try {
    const result = await warmSls(['package', '--stage', 'local'], {
      cwd: api,
      // The package comes from its tarball alone.
      environment: { npm_config_offline: 'true', npm_config_audit: 'false', LOCAL_AWS_ROOT: undefined },
    });
    expect(result).toMatchObject({ exitCode: 0 });
    await unzip(await readFile(join(api, '.serverless/sender.zip')), unpacked);
    const code = `import(${JSON.stringify(pathToFileURL(join(unpacked, 'src/sender.mjs')).href)}).then(async ({ handler }) => console.log(await handler()))`;
    const env = { ...process.env, LAMBDA_TASK_ROOT: unpacked };
    const run = spawnSync(process.execPath, ['--eval', code], { encoding: 'utf8', env });
    expect([run.stdout, run.stderr]).toEqual(['function read beside the package SELECT 1\n', '']);
  } finally {
    await rm(unpacked, { recursive: true });
  }
});

test('each function loads from its zip file alone, which has the AWS SDK and all other packages', async () => {
  const zips = (await readdir(join(api, '.serverless'))).filter((name) => name.endsWith('.zip'));
  expect(zips.length).toBeGreaterThan(1);
  for (const zip of zips) {
    const unpacked = await mkdtemp(join(tmpdir(), 'alone-'));
    try {
      await unzip(await readFile(join(api, '.serverless', zip)), unpacked);
      const module = pathToFileURL(join(unpacked, 'src', zip.replace(/\.zip$/, '.mjs'))).href;
      // Without its variables, a function may refuse to start, but not for want of a package.
      const code = `import(${JSON.stringify(module)}).catch(({ code, message }) => code === 'ERR_MODULE_NOT_FOUND' && console.log(message))`;
      const { stdout } = spawnSync(process.execPath, ['--eval', code], { encoding: 'utf8', cwd: unpacked });
      expect([zip, stdout]).toEqual([zip, '']);
    } finally {
      await rm(unpacked, { recursive: true });
    }
  }
});

test('outside stage local, a package that cannot be bundled is installed for the architecture of the functions', async () => {
  const config = createRequire(__filename)(join(project.root, 'services/esbuild.config.cjs'));
  const inStage = (stage: string) =>
    config({ getProvider: () => ({ getStage: () => stage }) }).installExtraArgs;
  const [, architecture] =
    /architecture: (\w+)/.exec(await readFile(join(api, 'serverless.yml'), 'utf8')) ?? [];
  expect(inStage('dev')).toEqual(['--os=linux', `--cpu=${architecture}`, '--libc=glibc']);
  expect(inStage('local')).toEqual([]);
});

test('the commands that bundle a function themselves leave such a package out, too', async () => {
  jest.spyOn(process, 'cwd').mockReturnValue(project.root);
  const { outputFiles } = await bundleFunction(api, 'src/sender.ts');
  expect(outputFiles[0]?.text).toContain(`from"${NAME}"`);
  jest.restoreAllMocks();
});
