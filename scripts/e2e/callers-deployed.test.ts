import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { slsFailure } from '../../libs/cli/src/project/sls.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { startCommand } from './command.testing.ts';
import { deployedResources } from './deployed-resources.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, edit, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(180_000);

const FIRST = 'orders-shop-local';
const SECOND = 'orders-billing-local';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
  const { root } = bed.project;
  await edit(bed.project, 'services/api/serverless.yml', /^service: .*/m, 'service: orders');
  await edit(bed.project, 'services/caller/serverless.yml', /^service: .*/m, 'service: orders-shop');
  // The steps of services/README.md, "A second caller of this repository".
  await cp(join(root, 'services/caller'), join(root, 'services/billing'), { recursive: true });
  await edit(bed.project, 'services/billing/serverless.yml', /^service: .*/m, 'service: orders-billing');
  await edit(
    bed.project,
    'serverless-compose.yml',
    /\n {2}caller:\n(?: {4}.*\n)+/,
    [
      '',
      ...['caller', 'billing'].flatMap((name) => [
        `  ${name}:`,
        '    component: "@cross-account-api/serverless-plugin/compose-service"',
        `    path: services/${name}`,
        '    dependsOn: api',
      ]),
      '',
    ].join('\n'),
  );
  await setSettings({});
});
afterAll(async () => {
  await bed?.close();
  expect(bed?.reports).toEqual([]);
});

const setSettings = (settings: object) =>
  writeFile(
    join(bed.project.root, 'services/stages.yml'),
    JSON.stringify({
      local: {
        ...settings,
        callers: {
          billing: {
            service: 'billing',
            accountId: CALLER_ACCOUNT,
            externalId: 'billing-id',
            routes: ['GET /sender'],
          },
        },
      },
    }),
  );

/** Lets a caller's function call an operation. */
async function call(FunctionName: string, operation: 'getSender' | 'postParcel'): Promise<unknown> {
  const lambda = new LambdaClient(bed.administrator(CALLER_ACCOUNT));
  const event = { operation, ...(operation === 'postParcel' && { input: { body: {} } }) };
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  lambda.destroy();
  return JSON.parse(String(Payload?.transformToString()));
}

test('one deployment deploys the API and both callers, each with its own role and invoke role', async () => {
  const result = await bed.sls(['deploy']);
  if (result.exitCode !== 0) throw new Error(slsFailure(result));
  const { stacks, roles, functions } = await deployedResources(bed.administrator(CALLER_ACCOUNT));
  for (const names of [stacks, roles, functions]) expect(names?.toSorted()).toEqual([SECOND, FIRST]);
  const ofApi = await deployedResources(bed.administrator(API_ACCOUNT));
  expect(ofApi.roles).toEqual(expect.arrayContaining(['orders-local-invoke', 'orders-local-invoke.billing']));
  expect(JSON.stringify(ofApi)).not.toContain('cross-account');
});

test('each calls as its own invoke role', async () => {
  expect(await call(FIRST, 'getSender')).toMatchObject({
    body: { caller: { roleName: 'orders-local-invoke' } },
  });
  expect(await call(SECOND, 'getSender')).toMatchObject({
    body: { caller: { roleName: 'orders-local-invoke.billing' } },
  });
});

test('the second is refused on a route of the first', async () => {
  expect(await call(FIRST, 'postParcel')).toMatchObject({ status: 200 });
  expect(await call(SECOND, 'postParcel')).toMatchObject({
    errorMessage: expect.stringContaining('is not authorized to perform: execute-api:Invoke'),
  });
});

test.each([
  ['check', '--json'],
  ['verify', '--json'],
  ['explain', '--stage', 'local', '--caller', 'billing'],
])('npm run %s knows both', async (...args) => {
  const environment = { LOCAL_AWS_ROOT: bed.localAwsRoot };
  expect(await runInProcess(args, bed.project.root, environment)).toMatchObject({ exitCode: 0 });
});

test('npm run handover hands over the second', async () => {
  const args = ['--stage', 'local', '--caller', 'billing'];
  const command = startCommand(bed.project, 'handover', args, { LOCAL_AWS_ROOT: bed.localAwsRoot });
  const exitCode = await command.ended;
  expect({ exitCode, ...command.output() }).toMatchObject({ exitCode: 0 });
});

test('in access mode resource-policy, each calls as itself, the second on its own route only', async () => {
  await setSettings({ accessMode: 'resource-policy' });
  await deployPackages(bed);
  for (const [name, roleName] of [
    [FIRST, FIRST],
    [SECOND, SECOND],
  ] as const) {
    expect(await call(name, 'getSender')).toMatchObject({
      body: { caller: { accountId: CALLER_ACCOUNT, roleName } },
    });
  }
  expect(await call(SECOND, 'postParcel')).toMatchObject({
    errorMessage: expect.stringContaining('is not authorized to perform: execute-api:Invoke'),
  });
});
