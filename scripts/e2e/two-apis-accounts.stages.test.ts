import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT } from './test-bed.testing.ts';
import { OTHER_ACCOUNT, startTwoApis, type TwoApis } from './two-apis.testing.ts';

let two: TwoApis;
beforeAll(async () => {
  two = await startTwoApis();
});
afterAll(() => two?.close());

/** What the commands say of the call of the other API. */
async function judged(stage = 'local') {
  const run = stage === 'local' ? two.run : two.runOnAws;
  const of = ['--stage', stage, '--api', 'billing', '--json'];
  const [explained, verified, reviewed] = [
    await run('explain', ...of),
    await run('verify', '--event', '{"api":"billing","path":"/sender"}', ...of),
    await run('review', ...of),
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

describe('on a stage of AWS, where no profile follows from an account', () => {
  const dev = {
    region: 'us-east-1',
    apiAccountId: CALLER_ACCOUNT,
    callerAccountId: CALLER_ACCOUNT,
    apiProfile: 'local-caller',
    callerProfile: 'local-caller',
    externalId: 'dev-external-id',
    securityPolicy: 'TLS_1_2',
  };
  let billing: object;
  beforeAll(async () => {
    ({ billing = {} } = await two.handOver({ accessMode: 'assume-role', roleName: 'shop-dev' }));
    await two.setStages({ dev: { ...dev, apis: { billing } } });
    await deployPackages(two.bed, { stage: 'dev' });
  });

  test('without a profile of the other API’s account, the caller’s side is read, and the setting for the profile is named', async () => {
    const { explained, verified, reviewed } = await judged('dev');
    expect(explained).toMatchObject({ exitCode: 2, state: 'unread' });
    const links: { readonly title: string; readonly state: string; readonly unread?: unknown }[] =
      explained.links;
    expect(links.map(({ state }) => state)).toEqual(expect.arrayContaining(['holds', 'unread']));
    const permission = `a profile of account ${API_ACCOUNT} (dev.apis.billing.profile in services/stages.yml)`;
    expect(links.filter(({ unread }) => unread !== undefined)).not.toEqual([]);
    expect(JSON.stringify(explained)).toContain(permission);
    // The call is made all the same, and attacks are refused.
    expect(verified).toMatchObject({ exitCode: 0, pass: true });
    expect(verified.notes.join()).toMatch(/Not every policy of the call could be read/);
    expect(reviewed).toMatchObject({ exitCode: 0 });
    expect(JSON.stringify(reviewed.unread)).toContain(permission);
  });

  test('nor are its routes known then, if the entry does not name them', async () => {
    const { routes: _, ...withoutRoutes } = { routes: [], ...billing };
    await two.setStages({ dev: { ...dev, apis: { billing: withoutRoutes } } });
    const explained = await two.runOnAws('explain', '--stage', 'dev', '--api', 'billing', '--json');
    expect({ exitCode: explained.exitCode, ...JSON.parse(explained.stdout) }).toMatchObject({
      exitCode: 2,
      state: 'unread',
    });
    const { exitCode, stderr } = await two.runOnAws('verify', '--stage', 'dev', '--api', 'billing');
    expect(stderr).toContain(
      'There is no route that may be sent. Name one in dev.apis.billing.routes of services/stages.yml, with --allow-write if there is no GET.',
    );
    expect(exitCode).toBe(2);
  });

  test('with a profile of that account, both sides are read', async () => {
    await two.setStages({ dev: { ...dev, apis: { billing: { ...billing, profile: 'local-api' } } } });
    expect(await judged('dev')).toMatchObject({
      explained: { exitCode: 0, state: 'holds' },
      verified: { exitCode: 0, pass: true },
      reviewed: { exitCode: 0, unread: [] },
    });
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
