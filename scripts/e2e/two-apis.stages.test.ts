import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { deployPackages, packageService } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, edit, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(240_000);

/** A function that calls two APIs, as services/README.md shows it. */
const handler = `
import { assumeRole } from '@cross-account-api/assume-role';
import { fromEnvironment, signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';

const { env } = process;

const own = {
  role: env.INVOKE_ROLE_ARN && assumeRole({ roleArn: env.INVOKE_ROLE_ARN, externalId: env.EXTERNAL_ID }),
  api: { baseUrl: env.API_URL ?? '', region: env.API_REGION },
};
const billing = {
  role:
    env.BILLING_INVOKE_ROLE_ARN &&
    assumeRole({
      roleArn: env.BILLING_INVOKE_ROLE_ARN,
      externalId: env.BILLING_EXTERNAL_ID,
      contextKey: 'billingRole',
    }),
  api: { baseUrl: env.BILLING_API_URL ?? '', region: env.BILLING_API_REGION, contextKey: 'billing' },
};

export const handler = middy()
  .use(own.role ? [own.role] : [])
  .use(billing.role ? [billing.role] : [])
  .use(signedFetch({ ...own.api, credentials: own.role ? 'assumedRole' : fromEnvironment }))
  .use(signedFetch({ ...billing.api, credentials: billing.role ? 'billingRole' : fromEnvironment }))
  .handler(async (event, context) => {
    const { body } = await context[event.api].json(event.path);
    return body;
  });
`;

let bed: TestBed;
/** The project of the team that has the other API. */
let other: ProjectCopy;
beforeAll(async () => {
  bed = await startTestBed();
  other = await copyPairProject();
  await edit(other, 'services/api/serverless.yml', /^service: .*/m, 'service: billing');
  await edit(other, 'services/caller/serverless.yml', /^service: .*/m, 'service: unused');
  await writeFile(join(bed.project.root, 'services/caller/src/both.js'), handler);
  await edit(
    bed.project,
    'services/caller/serverless.yml',
    /handler: src\/caller.handler\n {4}takesOperations: true\n {4}calls: \[ ?api ?\]/,
    'handler: src/both.handler\n    calls: [api, billing]',
  );
});
afterAll(async () => {
  await bed?.close();
  await other?.remove();
});

const setStage = (project: ProjectCopy, stage: object) =>
  writeFile(join(project.root, 'services/stages.yml'), JSON.stringify({ local: stage }));

/** Deploys the other API, which admits the function `caller` of this project. @returns what its team hands over */
async function handOver(accessMode: string): Promise<object> {
  const shop = {
    accountId: CALLER_ACCOUNT,
    roleName: 'shop-local',
    externalId: 'billing-id',
    routes: ['GET /sender'],
  };
  await setStage(other, { accessMode, callers: { shop } });
  const packaged = await packageService(join(other.root, 'services/api'), ['--stage', 'local']);
  await bed.aws.deploy(packaged, { account: API_ACCOUNT });
  const handover = await runInProcess(['handover', '--stage', 'local', '--caller', 'shop'], other.root, {
    LOCAL_AWS_ROOT: bed.localAwsRoot,
  });
  expect(handover).toMatchObject({ exitCode: 0 });
  const written = await readFile(join(other.root, 'handover/local-shop/stages.yml'), 'utf8');
  return parse(written).local.apis;
}

async function call(api: string, path: string): Promise<unknown> {
  const functionArn = `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:shop-local`;
  const { payload } = await bed.aws.as(CALLER_ACCOUNT).invoke(functionArn, { api, path });
  const { caller, errorMessage } = payload as {
    readonly caller?: { readonly roleName?: string };
    readonly errorMessage?: string;
  };
  return caller?.roleName ?? errorMessage?.split('\n')[0];
}

test('a function that calls an API that is not granted is not packaged', async () => {
  const { exitCode, stdout, stderr } = await bed.sls(['package'], { service: 'caller', environment: {} });
  expect(stdout + stderr).toContain(
    `The function "caller" calls "billing", and services/stages.yml does not grant it: local.apis has no entry. Ask the API's team to admit arn:aws:iam::${CALLER_ACCOUNT}:role/shop-local.`,
  );
  expect(exitCode).toBe(1);
});

test.each([
  ['assume-role', 'assume-role', ['depot-local-invoke', 'billing-local-invoke.shop']],
  ['assume-role', 'resource-policy', ['depot-local-invoke', 'shop-local']],
  ['resource-policy', 'resource-policy', ['shop-local', 'shop-local']],
  ['resource-policy', 'assume-role', ['shop-local', 'billing-local-invoke.shop']],
])('a function calls two APIs, in the access modes %s and %s', async (own, ofOther, roles) => {
  const apis = await handOver(ofOther);
  await setStage(bed.project, { accessMode: own, apis });
  await deployPackages(bed);
  expect([await call('api', '/sender'), await call('billing', '/sender')]).toEqual(roles);
  expect(await call('billing', '/parcels/1')).toMatch(/answered 403: AccessDeniedException/);
});
