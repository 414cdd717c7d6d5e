import { deploymentWith } from '../deployment.testing.ts';
import { depotApi, projectWith, shopCaller } from '../project.testing.ts';
import { fitRoleNames } from '../template/role-names.ts';
import { SettingsError } from './error.ts';
import { readStageSettings } from './read.ts';

const settings = {
  region: 'eu-central-1',
  apiAccountId: '111111111111',
  callerAccountId: '222222222222',
  externalId: 'an-id',
};
const deployed = {
  service: 'billing',
  accountId: '333333333333',
  externalId: 'billing-id',
  routes: ['GET /sender'],
};

/** Reads a stage of services with other names. */
function read(
  stage: string,
  names: { readonly api?: string; readonly caller?: string; readonly billing?: string },
  of: { readonly region?: string; readonly billing?: object; readonly settings?: object } = {},
) {
  const api = { ...depotApi, name: names.api ?? 'orders' };
  const caller = { ...shopCaller, name: names.caller ?? 'shop' };
  const billing = { ...shopCaller, name: names.billing ?? 'export', folder: 'services/billing' };
  const all = new Map(Object.entries({ api, caller, billing }));
  const callers = of.billing && { callers: { billing: of.billing } };
  const text = JSON.stringify({ [stage]: { ...settings, ...of.settings, ...callers } });
  const readServices = () => ({ api, caller, all });
  return readStageSettings(stage, { ...projectWith(text), readServices }, of.region);
}

test('the names of roles follow from those of the services', () => {
  const { callerRoleName, callers } = read('dev', { billing: 'shop-2' }, { billing: deployed });
  expect(callerRoleName).toBe('shop-dev');
  expect(callers).toMatchObject([
    {
      roleArn: 'arn:aws:iam::333333333333:role/shop-2-dev',
      invokeRoleName: 'orders-dev-invoke.billing',
      deployment: { folder: 'services/billing', roleName: 'shop-2-dev' },
    },
  ]);
});

test('a deployed caller in the first caller’s account has its profile, unless it names another', () => {
  const profileOf = (entry: object) =>
    read('dev', {}, { settings: { callerProfile: 'b' }, billing: { ...deployed, ...entry } }).callers[0]
      ?.deployment?.profile;
  expect(profileOf({ accountId: '222222222222' })).toBe('b');
  expect(profileOf({})).toBeUndefined();
  expect(profileOf({ profile: 'c' })).toBe('c');
});

test.each([
  ['both a service and a role', { service: 'billing', roleName: 'r' }, 'has both service and roleName.'],
  ['neither', {}, "dev.callers.billing.roleName is missing. It must be a role's name"],
  [
    'a profile without a service',
    { roleName: 'r', profile: 'p' },
    'dev.callers.billing.profile is for callers that have a service',
  ],
  [
    'an unknown service',
    { service: 'nobody' },
    'dev.callers.billing.service is "nobody", and serverless-compose.yml has no such service',
  ],
  ['the API as its service', { service: 'api' }, 'is "api", which is not a further caller'],
])('a further caller cannot have %s', (_what, entry, message) => {
  const { service: _, ...others } = deployed;
  expect(() => read('dev', {}, { billing: { ...others, ...entry } })).toThrow(message);
});

test('a further caller with both a service and a role, and without its account, is told of both at once', () => {
  const { accountId: _, ...others } = deployed;
  expect(() => read('dev', {}, { billing: { ...others, roleName: 'r' } })).toThrow(
    /dev\.callers\.billing\.accountId is missing\.[\s\S]*dev\.callers\.billing has both service and roleName\./,
  );
});

describe('a name that AWS does not take', () => {
  test.each([
    [
      'api',
      51,
      '-staging-parcels has 67 characters, and Lambda takes 64. Its name is made of the line "service:" in services/api/serverless.yml, the stage and -parcels.',
      'a stage may have at most 4 characters; in the stage staging, a service at most 48.',
    ],
    [
      'caller',
      58,
      '-staging has 66 characters, and Lambda takes 64. Its name is made of the line "service:" in services/caller/serverless.yml, the stage.',
      'a stage may have at most 5 characters; in the stage staging, a service at most 56.',
    ],
  ])('of the %s is refused early, with the rule and what fits', (service, length, rule, fits) => {
    const names = (count: number) => ({ [service]: 'a'.repeat(count) });
    expect(() => read('staging', names(length))).toThrow(SettingsError);
    expect(() => read('staging', names(length))).toThrow(rule);
    expect(() => read('staging', names(length))).toThrow(fits);
    expect(() => read('s'.repeat(service === 'api' ? 4 : 5), names(length))).not.toThrow();
    expect(() => read('staging', names(service === 'api' ? 48 : 56))).not.toThrow();
  });

  test('in an additional region has four characters of a hash at its end, and other names keep the region', () => {
    const longest = 'a'.repeat(64 - '-dev-parcels'.length);
    const region = 'us-east-1';
    const { roleSuffix, callerRoleName } = read('dev', { api: longest.slice(5) }, { region });
    expect([roleSuffix, callerRoleName]).toEqual(['_us-east-1', 'shop-dev_us-east-1']);
    const long = read('dev', { caller: 'a'.repeat(55) }, { region }).callerRoleName;
    expect(long).toMatch(/^a{55}-dev_[0-9a-f]{4}$/);
    // The template has the names of the other roles, with `roleSuffix` as a text.
    const roles = ['parcels', 'sender'].map((key) => `${longest.slice(5)}-dev-${key}`);
    const Resources = Object.fromEntries(
      [...roles.map((name) => `${name}${roleSuffix}`), 'own-role'].map((RoleName) => [
        RoleName,
        { Type: 'AWS::IAM::Role', Properties: { RoleName } },
      ]),
    );
    fitRoleNames({ Resources }, deploymentWith({}, region));
    expect(Object.values(Resources).map(({ Properties }) => Properties.RoleName)).toEqual([
      `${roles[0]}${long.slice(-5)}`,
      `${roles[1]}${long.slice(-5)}`,
      'own-role',
    ]);
    expect(() => read('dev', { api: longest }, { region })).toThrow('IAM takes 64');
    expect(() => read('dev', { api: longest })).not.toThrow();
  });
});

describe('services whose names begin alike', () => {
  const names = { api: 'orders', caller: 'orders-billing' };

  test.each(['dev', 'bill', 'billings', 'prod-billing'])('have different names in a stage %s', (stage) => {
    expect(() => read(stage, names)).not.toThrow();
  });

  test.each(['billing', 'billing-dev'])('cannot be deployed to a stage %s', (stage) => {
    expect(() => read(stage, names)).toThrow(
      `The stage "${stage}" cannot be used: in it, the names of orders (services/api) begin like those of orders-billing (services/caller)`,
    );
  });

  test('must differ', () => {
    expect(() => read('dev', { api: 'orders', caller: 'orders' })).toThrow(
      'services/api/serverless.yml and services/caller/serverless.yml both have "service: orders"',
    );
    expect(() => read('dev', { billing: 'shop' }, { billing: deployed })).toThrow(
      'services/caller/serverless.yml and services/billing/serverless.yml both have "service: shop"',
    );
  });
});
