import assert from 'node:assert/strict';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { slsFailure } from '../../libs/cli/src/project/sls.ts';
import { startCommand } from '../e2e/command.testing.ts';
import { CALLER_ACCOUNT, startTestBed } from '../e2e/test-bed.testing.ts';
import type { Tarball } from '../lib/pack-package.ts';
import { CommandFailed, run } from '../lib/tools.ts';
import { tool } from './projects.ts';
import { expect, npmInstall, shell } from './shell.ts';

/** The caller's settings in services/stages.yml. Its role has the name and the path of handover/serverless.yml. */
const billing = {
  accountId: CALLER_ACCOUNT,
  roleName: 'team/billing-export',
  externalId: 'billing-id',
  routes: ['GET /sender'],
};

/**
 * Deploys the API to a local AWS, and a caller from a project that has only the folder of `npm run handover`, the packages and
 * its own serverless.yml.
 * @param project is made for it
 * @throws if the caller's route does not answer, or another one does
 */
export async function useHandover(project: string, tarballs: readonly Tarball[]): Promise<void> {
  const bed = await startTestBed();
  try {
    const stages = JSON.stringify({ local: { callers: { billing } } });
    await writeFile(join(bed.project.root, 'services/stages.yml'), stages);
    const deployed = await bed.sls(['deploy'], { service: 'api' });
    if (deployed.exitCode !== 0) throw new CommandFailed(slsFailure(deployed));
    const args = ['--stage', 'local', '--caller', 'billing', '--out', project];
    const command = startCommand(bed.project, 'handover', args, { LOCAL_AWS_ROOT: bed.localAwsRoot });
    if ((await command.ended) !== 0) throw new CommandFailed(command.output().stderr);

    await complete(project, tarballs);
    const environment = bed.aws.environment('local-caller');
    const team = async (...command: string[]) => {
      const result = await bed.sls(command, { cwd: project, environment });
      return { ...result, output: `${result.stdout}${result.stderr}` };
    };
    const { exitCode, output } = await team('deploy');
    if (exitCode !== 0) throw new CommandFailed(output);
    const own = await team('invoke', '-f', 'own');
    assert.match(own.output, /"roleName": "[\w-]+-local-invoke\.billing"/);
    const typed = await team('invoke', '-f', 'typed');
    assert.match(typed.output, /"roleName": "[\w-]+-local-invoke\.billing"/);
    const other = await team('invoke', '-f', 'other');
    assert.notEqual(other.exitCode, 0);
    assert.match(other.output, /AccessDenied/);
  } finally {
    await bed.close();
  }
}

/** Follows the folder's README, and adds the team's serverless.yml and a function that calls another route. */
async function complete(project: string, tarballs: readonly Tarball[]): Promise<void> {
  const files = tarballs.filter(({ folder }) => ['assume-role', 'signed-fetch'].includes(folder));
  for (const { file } of files) await cp(file, join(project, basename(file)));
  const packages = files.map(({ file }) => `./${basename(file)}`);
  await run(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...packages],
    project,
  );
  await addTypes(project);
  await cp(join(project, 'caller.env'), join(project, '.env'));
  const code = await readFile(join(project, 'caller.ts'), 'utf8');
  await writeFile(join(project, 'other.ts'), code.replace('/sender', '/parcels').replace('GET', 'POST'));
  await cp(join(import.meta.dirname, 'handover/serverless.yml'), join(project, 'serverless.yml'));
  for (const name of ['serverless-esbuild', 'esbuild']) {
    await symlink(tool(name), join(project, 'node_modules', name));
  }
}

/** Follows the README to bodies with types, and checks that the types are those of the contract. */
async function addTypes(project: string): Promise<void> {
  const readme = await readFile(join(project, 'README.md'), 'utf8');
  const block = (pattern: RegExp) => {
    const [, text] = pattern.exec(readme) ?? [];
    assert.ok(text, `README.md of the folder has no block ${pattern}.`);
    return text.replaceAll(/^ {3}/gm, '');
  };
  const commands = block(/```sh\n( +npm install openapi-fetch.*?)```/s);
  expect(await shell(commands, project, process.execPath).ended, 0, '');
  const file = join(project, 'caller.ts');
  await writeFile(file, (await readFile(file, 'utf8')) + block(/```ts\n(.*?)```/s));
  await npmInstall(project, ['--save-dev', '@types/node@24']);
  // A member that the contract does not have.
  await writeFile(
    join(project, 'types.ts'),
    `import { typed } from './caller.ts';
const answer = await typed();
if (answer && 'caller' in answer) answer.caller.roleName satisfies string | null;
// @ts-expect-error: no body has it
answer.nothing;
`,
  );
  const strict = '--noEmit --strict --skipLibCheck --target es2022 --module preserve --types node';
  expect(
    await shell(`npx tsc ${strict} --allowImportingTsExtensions types.ts`, project, process.execPath).ended,
    0,
    '',
  );
}
