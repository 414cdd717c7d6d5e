import { join } from 'node:path';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { sls } from '../../libs/cli/src/project/sls.ts';
import { apiOutputs, invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

let bed: TestBed;
/** A clone from which nothing was deployed. */
let freshClone: ProjectCopy;
beforeAll(async () => {
  bed = await startTestBed();
  freshClone = await copyPairProject();
  expect(await bed.sls(['deploy'])).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await bed?.close();
  await freshClone?.remove();
  expect(bed?.reports).toEqual([]);
});

test('sls info names the stack, the endpoints and the functions, in a fresh clone, too', async () => {
  const cwd = join(freshClone.root, 'services/api');
  // As in a shell, without the condition by which the tests' commands find the sources.
  const environment = { NODE_OPTIONS: undefined };
  const { exitCode, stdout, stderr } = await bed.sls(['info'], { cwd, environment });
  const { ApiUrl } = await apiOutputs(bed);
  expect(exitCode).toBe(0);
  expect(ApiUrl).toMatch(/^https:\/\/[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com\/local$/);
  for (const text of [`POST - ${ApiUrl}/parcels`, `GET - ${ApiUrl}/sender`, 'depot-local-sender']) {
    expect(stdout + stderr).toContain(text);
  }
});

test('sls outputs prints the outputs of the last deployment', async () => {
  const { exitCode, stdout } = await bed.sls(['outputs']);
  const { ApiUrl, InvokeRoleArn } = await apiOutputs(bed);
  expect(exitCode).toBe(0);
  for (const text of [`ApiUrl: ${ApiUrl}`, `InvokeRoleArn: ${InvokeRoleArn}`]) expect(stdout).toContain(text);
});

test('sls logs prints the logs of one function, in a fresh clone, too: Compose passes on the options behind `--`', async () => {
  await invokeCaller(bed);
  const { exitCode, stdout, stderr } = await sls(
    ['api:logs', '--stage', 'local', '--', '-f', 'parcels', '--startTime', '1h'],
    { cwd: freshClone.root, localAwsRoot: bed.localAwsRoot },
  );
  expect(`${stdout}${stderr}`).toContain('"message":"answered"');
  expect(exitCode).toBe(0);
});
