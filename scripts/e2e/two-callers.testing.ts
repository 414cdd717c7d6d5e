import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deployedResources } from './deployed-resources.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, edit, startTestBed, type TestBed } from './test-bed.testing.ts';

/** The functions of both callers. */
export const FIRST = 'orders-shop-local';
export const SECOND = 'orders-billing-local';

/** The account of the second: neither that of the API nor that of the first. */
export const SECOND_ACCOUNT = '333333333333';

/** Starts a local AWS beside a project with two callers, from which nothing was deployed. */
export async function startBedOfTwoCallers(): Promise<TestBed> {
  const bed = await startTestBed({ accounts: [SECOND_ACCOUNT] });
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
  await setSettings(bed, {});
  return bed;
}

/** Changes the settings of stage `local`, in which the second caller is a service of the project. */
export const setSettings = (bed: TestBed, settings: object) =>
  writeFile(
    join(bed.project.root, 'services/stages.yml'),
    JSON.stringify({
      local: {
        ...settings,
        callers: {
          billing: {
            service: 'billing',
            accountId: SECOND_ACCOUNT,
            externalId: 'billing-id',
            routes: ['GET /sender'],
          },
        },
      },
    }),
  );

/** Lets a caller's function call an operation. */
export async function call(
  bed: TestBed,
  functionName: string,
  operation: 'getSender' | 'postParcel',
): Promise<unknown> {
  const event = { operation, ...(operation === 'postParcel' && { input: { body: {} } }) };
  const accountId = functionName === SECOND ? SECOND_ACCOUNT : CALLER_ACCOUNT;
  return (await bed.aws.as(accountId).invoke(functionName, event)).payload;
}

/** Expects the API and both callers, each in its account, with its own role and invoke role. */
export async function expectBothDeployed(bed: TestBed): Promise<void> {
  for (const [accountId, name] of [
    [CALLER_ACCOUNT, FIRST],
    [SECOND_ACCOUNT, SECOND],
  ] as const) {
    const { stacks, roles, functions } = await deployedResources(bed.administrator(accountId));
    expect([stacks, roles, functions]).toEqual([[name], [name], [name]]);
  }
  const ofApi = await deployedResources(bed.administrator(API_ACCOUNT));
  expect(ofApi.roles).toEqual(expect.arrayContaining(['orders-local-invoke', 'orders-local-invoke.billing']));
  expect(JSON.stringify(ofApi)).not.toContain('cross-account');
}
