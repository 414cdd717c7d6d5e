import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readContract } from '../../libs/cli/src/deployed-pair/contract.ts';
import { pairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { stateFiles } from '../../libs/local-aws/src/state-directory/index.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { apiOutput, CALLER_ACCOUNT, invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(180_000);

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.close());

const CALLER = 'shop-local';
/** What the caller calls in the end. One recorded call shows one of them. */
const routes = readContract(pairProject).operations.flatMap(({ method, path }) => [
  '--route',
  `${method} ${path}`,
]);

/** Deploys the pair with these settings, calls, and reviews it. */
async function reviewed(settings: object, assumesRole: boolean) {
  await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: settings }));
  await deployPackages(bed);
  const { functionError } = await invokeCaller(bed);
  expect(functionError).toBeUndefined();
  const files = stateFiles(bed.localAwsRoot);
  const role = assumesRole ? ['--role', await apiOutput(bed, 'InvokeRoleArn')] : [];
  const { stdout, stderr, exitCode } = await runInProcess(
    [
      ...['review', '--json', '--strict', '--trace', files.trace, '--api', await apiOutput(bed, 'ApiUrl')],
      ...['--caller', `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:${CALLER}`, ...role],
      ...['--caller-profile', 'local-caller', '--api-profile', 'local-api'],
      ...routes,
    ],
    bed.project.root,
    { AWS_CONFIG_FILE: files.config, AWS_SHARED_CREDENTIALS_FILE: files.credentials },
  );
  expect(stderr).toBe('');
  return { exitCode, ...JSON.parse(stdout) };
}

// The tests follow one stage.

test('The review of the pair has no finding in access mode assume-role.', async () => {
  expect(await reviewed({}, true)).toMatchObject({ exitCode: 0, findings: [], unread: [] });
});

test('The review of the pair has no finding in access mode resource-policy.', async () => {
  const settings = { accessMode: 'resource-policy', previousAccessMode: 'assume-role' };
  await reviewed(settings, false);
  const found = await reviewed({ accessMode: 'resource-policy' }, false);
  expect(found).toMatchObject({ exitCode: 0, findings: [], unread: [] });
  expect(bed.reports).toEqual([]);
});
