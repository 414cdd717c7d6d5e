import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeOutputs } from './commands/outputs.ts';
import { settings, UNKNOWN_OUTPUT } from './variables.ts';

const before = process.cwd();
let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'variables-')));
  const services = { api: 'depot', caller: 'shop' };
  for (const [folder, service] of Object.entries(services)) {
    await mkdir(join(root, 'services', folder), { recursive: true });
    await writeFile(join(root, 'services', folder, 'serverless.yml'), JSON.stringify({ service }));
  }
  const paths = Object.keys(services).map((name) => [name, { path: `services/${name}` }]);
  await writeFile(
    join(root, 'serverless-compose.yml'),
    JSON.stringify({ services: Object.fromEntries(paths) }),
  );
  const dev = {
    region: 'eu-central-1',
    apiAccountId: '111111111111',
    callerAccountId: '222222222222',
    externalId: '0123456789abcdef',
  };
  await writeFile(join(root, 'services/stages.yml'), JSON.stringify({ dev }));
  // The framework runs in the service's folder.
  process.chdir(join(root, 'services/caller'));
});
afterEach(async () => {
  process.chdir(before);
  await rm(root, { recursive: true });
});

/** The outputs of the API's stack, as serverless.yml of the caller gets them. */
async function outputsWith(...param: string[]) {
  const { apiOutputs, apiIsNoted } = (await settings({
    resolveVariable: async () => 'dev',
    options: { region: null, param },
  })) as { readonly apiOutputs: object; readonly apiIsNoted: boolean };
  return { apiOutputs, apiIsNoted };
}

const noted = { ApiUrl: 'https://noted', ApiArn: 'arn:noted', InvokeRoleArn: 'arn:noted:role' };
const note = () =>
  writeOutputs(
    { serviceDir: join(root, 'services/api'), stage: 'dev', region: 'eu-central-1' },
    { ...noted, Other: 'x' },
  );

test('what --param says of the API wins over what its last deployment has noted, and over nothing', async () => {
  const given = {
    ApiUrl: 'https://given/dev?a=b',
    ApiArn: 'arn:given',
    InvokeRoleArn: 'arn:given:role',
  };
  const params = [
    `apiUrl=${given.ApiUrl}`,
    `apiArn=${given.ApiArn}`,
    `invokeRoleArn=${given.InvokeRoleArn}`,
    'other=1',
  ];
  expect(await outputsWith(...params)).toMatchObject({ apiOutputs: given, apiIsNoted: false });
  await note();
  expect(await outputsWith(...params)).toMatchObject({ apiOutputs: given, apiIsNoted: true });
});

test('each output that --param leaves out is the noted one, or is said to be unknown', async () => {
  expect(await outputsWith()).toEqual({
    apiOutputs: { ApiUrl: UNKNOWN_OUTPUT, ApiArn: UNKNOWN_OUTPUT, InvokeRoleArn: UNKNOWN_OUTPUT },
    apiIsNoted: false,
  });
  await note();
  expect(await outputsWith('apiUrl=https://given')).toEqual({
    apiOutputs: { ...noted, Other: 'x', ApiUrl: 'https://given' },
    apiIsNoted: true,
  });
});
