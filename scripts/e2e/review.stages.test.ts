import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreatePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { readContract } from '../../libs/cli/src/project/contract.ts';
import { pairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { stateFiles } from '../../libs/local-aws/src/state-directory/index.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import {
  API_ACCOUNT,
  apiOutput,
  CALLER_ACCOUNT,
  invokeCaller,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';

const organization = {
  id: 'o-a1b2c3d4e5',
  accounts: [{ accountId: API_ACCOUNT }, { accountId: CALLER_ACCOUNT }],
};

let bed: TestBed;
afterEach(() => bed?.close());

const CALLER = 'shop-local';
/** What the caller calls in the end. One recorded call shows one of them. */
const routes = readContract(pairProject).operations.flatMap(({ method, path }) => [
  '--route',
  `${method} ${path}`,
]);

/** Deploys the pair with these settings, calls, and reviews it. */
async function reviewed(settings: object) {
  await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: settings }));
  await deployPackages(bed);
  const { functionError } = await invokeCaller(bed);
  expect(functionError).toBeUndefined();
  const files = stateFiles(bed.localAwsRoot);
  const role = 'accessMode' in settings ? [] : ['--role', await apiOutput(bed, 'InvokeRoleArn')];
  const run = ['review', '--json', '--strict', '--trace', files.trace];
  const { stdout, stderr, exitCode } = await runInProcess(
    [
      ...[...run, '--api', await apiOutput(bed, 'ApiUrl')],
      ...['--caller', `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:${CALLER}`, ...role],
      ...['--caller-profile', 'local-caller', '--api-profile', 'local-api'],
      ...routes,
    ],
    bed.project.root,
    { AWS_CONFIG_FILE: files.config, AWS_SHARED_CREDENTIALS_FILE: files.credentials },
  );
  expect(stderr).toBe('');
  const ofStage = await runInProcess([...run, '--stage', 'local'], bed.project.root, {
    LOCAL_AWS_ROOT: bed.localAwsRoot,
  });
  expect(JSON.parse(ofStage.stdout).findings).toEqual(JSON.parse(stdout).findings);
  expect(bed.reports).toEqual([]);
  return { exitCode, ...JSON.parse(stdout) };
}

const customDomain = {
  name: 'api.example.com',
  certificateArn: `arn:aws:acm:us-east-1:${API_ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`,
  basePath: 'exchange',
};
const privateApi = {
  vpcEndpointIds: ['vpce-0123456789abcdef0', 'vpce-0fedcba9876543210'],
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};
/** Another caller, and a change of the first one that is under way. */
const changing = {
  previousCallerRoleName: 'shop-local-before',
  previousExternalId: 'the-external-id-before',
  callers: {
    billing: {
      accountId: '333333333333',
      roleName: 'team/billing',
      externalId: 'an-id-of-billing',
      routes: [routes[1]],
    },
  },
};

/** What a company demands of its roles. */
const guardrails = {
  organizationId: organization.id,
  permissionsBoundary: 'company/boundary',
  rolePath: '/company/',
  tags: { 'cost-center': '4711' },
};

/** Creates the permissions boundary in both accounts. It is as wide as those of many companies. */
async function createBoundaries(): Promise<void> {
  const Statement = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
  for (const account of [API_ACCOUNT, CALLER_ACCOUNT]) {
    const iam = new IAMClient(bed.administrator(account));
    await iam.send(
      new CreatePolicyCommand({
        Path: '/company/',
        PolicyName: 'boundary',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    );
    iam.destroy();
  }
}

test.each([
  ['no settings', {}],
  ['a private API', { privateApi }],
  [
    'a custom domain, a further caller, previous values and the guardrails of a company',
    { customDomain, ...changing, ...guardrails },
  ],
])('The review of the pair with %s has no finding, in both access modes.', async (_what, settings) => {
  bed = await startTestBed('organizationId' in settings ? { organization } : {});
  await createBoundaries();
  const none = { exitCode: 0, findings: [], unread: [] };
  expect(await reviewed(settings)).toMatchObject(none);
  expect(await reviewed({ ...settings, accessMode: 'resource-policy' })).toMatchObject(none);
});
