import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT } from './test-bed.testing.ts';
import { OTHER_ACCOUNT, startTwoApis, type TwoApis } from './two-apis.testing.ts';

jest.setTimeout(240_000);

let two: TwoApis;
beforeAll(async () => {
  two = await startTwoApis();
});
afterAll(() => two?.close());

/** What the commands say of the call of the other API. */
async function judged() {
  const [explained, verified, reviewed] = [
    await two.run('explain', '--stage', 'local', '--api', 'billing', '--json'),
    await two.run('verify', '--api', 'billing', '--event', '{"api":"billing","path":"/sender"}', '--json'),
    await two.run('review', '--stage', 'local', '--api', 'billing', '--json'),
  ].map(({ exitCode, stdout }) => ({ exitCode, ...JSON.parse(stdout) }));
  return { explained, verified, reviewed };
}

test.each([
  ['a third account', OTHER_ACCOUNT, 'assume-role', 'billing-local-invoke.shop'],
  ['a third account', OTHER_ACCOUNT, 'resource-policy', 'shop-local'],
  ['the caller’s account', CALLER_ACCOUNT, 'assume-role', 'billing-local-invoke.shop'],
  ['the caller’s account', CALLER_ACCOUNT, 'resource-policy', 'shop-local'],
])('the other API is in %s (%s), in access mode %s', async (_, apiAccountId, accessMode, role) => {
  const apis = await two.handOver({ accessMode, apiAccountId });
  expect(JSON.stringify(apis)).toContain(apiAccountId);
  await two.setStage({ apis });
  await deployPackages(two.bed);
  expect([await two.call('api', '/sender'), await two.call('billing', '/sender')]).toEqual([
    'depot-local-invoke',
    role,
  ]);
  expect(await two.call('billing', '/parcels/1')).toMatch(/answered 403: AccessDeniedException/);
  expect(await judged()).toMatchObject({
    explained: { exitCode: 0, state: 'holds' },
    verified: { exitCode: 0, pass: true },
    reviewed: { exitCode: 0, unread: [] },
  });
});

describe('this project has one account, and the other API is in a second one', () => {
  const oneAccount = { apiAccountId: CALLER_ACCOUNT, callerAccountId: CALLER_ACCOUNT };
  let billing: object;
  beforeAll(async () => {
    ({ billing = {} } = await two.handOver({ accessMode: 'assume-role' }));
    await two.setStage({ ...oneAccount, apis: { billing } });
    await deployPackages(two.bed);
  });

  test('both are called', async () => {
    expect([await two.call('api', '/sender'), await two.call('billing', '/sender')]).toEqual([
      'depot-local-invoke',
      'billing-local-invoke.shop',
    ]);
  });

  test('both sides are read, with the profile of that account', async () => {
    expect(await judged()).toMatchObject({
      explained: { exitCode: 0, state: 'holds' },
      verified: { exitCode: 0, pass: true },
      reviewed: { exitCode: 0, unread: [] },
    });
  });

  test('a profile of another account is refused', async () => {
    await two.setStage({ ...oneAccount, apis: { billing: { ...billing, profile: 'local-caller' } } });
    for (const command of ['explain', 'verify', 'review']) {
      const { exitCode, stderr } = await two.run(command, '--stage', 'local', '--api', 'billing');
      expect(stderr).toContain(
        `local.apis.billing (the API's account) is ${API_ACCOUNT}, but the profile "local-caller" belongs to account ${CALLER_ACCOUNT}. Set local.apis.billing.profile to a profile of account ${API_ACCOUNT}`,
      );
      expect(exitCode).not.toBe(0);
    }
  });
});

test('in an additional region, where the function has another role, the call is refused at packaging', async () => {
  const apis = await two.handOver({ accessMode: 'assume-role' });
  await two.setStage({ apis });
  const { exitCode, stdout, stderr } = await two.bed.sls(['package'], {
    service: 'caller',
    environment: { STAGE_REGION: 'eu-west-1' },
  });
  expect(stdout + stderr).toContain(
    `In an additional region of a stage, a function has another role. Deploy eu-west-1 as another stage`,
  );
  expect(exitCode).toBe(1);
});
