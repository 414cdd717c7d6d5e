import { deployPackages } from './packaged-pair.testing.ts';
import { CALLER_ACCOUNT } from './test-bed.testing.ts';
import { startTwoApis, type TwoApis } from './two-apis.testing.ts';

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
  ['assume-role', 'billing-local-invoke.shop'],
  ['resource-policy', 'shop-local'],
])('the other API is in the caller’s account, in access mode %s', async (accessMode, role) => {
  const apis = await two.handOver({ accessMode, apiAccountId: CALLER_ACCOUNT });
  expect(JSON.stringify(apis)).toContain(CALLER_ACCOUNT);
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
    reviewed: { exitCode: 0 },
  });
});
