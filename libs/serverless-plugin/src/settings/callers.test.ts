import { projectWith } from '../project.testing.ts';
import { readStageSettings } from './read.ts';
import type { ProjectService } from './services.ts';

const base = {
  region: 'eu-central-1',
  apiAccountId: '111111111111',
  callerAccountId: '222222222222',
  callerProfile: 'caller',
  externalId: 'own-id',
};
const report = { function: 'report', externalId: 'report-id', routes: ['GET /sender'] };
const exporter: ProjectService = {
  name: 'export',
  folder: 'services/export',
  functions: [''],
  roles: [],
  calls: new Map(),
  openRoutes: [],
};
const read = (callers: object, settings: object = {}, region?: string) =>
  readStageSettings(
    'dev',
    projectWith(JSON.stringify({ dev: { ...base, ...settings, callers } }), { export: exporter }),
    region,
  );
const trusted = (accountId: string, pathAndName: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:iam::${accountId}:role${pathAndName}`,
});

describe('an entry with a function', () => {
  test('grants a function of the first caller, in its account, under a role that follows from its name', () => {
    expect(read({ report })).toMatchObject({
      callers: [
        {
          accountId: '222222222222',
          roleArn: 'arn:aws:iam::222222222222:role/shop-dev-report',
          trustedRoles: [trusted('222222222222', '/shop-dev-report')],
          trustConditions: { 'sts:ExternalId': ['report-id'] },
          deployment: { folder: 'services/caller', function: 'report', profile: 'caller' },
        },
      ],
    });
  });

  test('trusts another role in each region, and has the path of all roles', () => {
    expect(read({ report }, { rolePath: '/company/' }, 'us-east-1').callers[0]?.trustedRoles).toEqual([
      trusted('222222222222', '/company/shop-dev-report_us-east-1'),
    ]);
  });

  test('trusts the previous role while its name is changed', () => {
    const rotating = { ...report, roleName: 'report-2', previousRoleName: 'shop-dev-report' };
    expect(read({ report: rotating }, { rolePath: '/company/' }, 'us-east-1').callers[0]).toMatchObject({
      trustedRoles: [
        trusted('222222222222', '/company/report-2_us-east-1'),
        trusted('222222222222', '/company/shop-dev-report_us-east-1'),
      ],
      deployment: { roleNames: ['report-2_us-east-1', 'shop-dev-report_us-east-1'] },
    });
  });

  test('has a role name that IAM accepts, also in a region without room for it', () => {
    const long = 'a'.repeat(45);
    const nameIn = (region?: string) =>
      read({ report: { ...report, function: long } }, {}, region).callers[0]?.deployment?.roleName ?? '';
    expect(nameIn()).toBe(`shop-dev-${long}`);
    expect(nameIn('ap-southeast-2')).toMatch(/^shop-dev-a{45}_ap-[0-9a-f]{6}$/);
    expect(nameIn('ap-southeast-2')).not.toBe(nameIn('ap-southeast-1'));
  });

  test('grants a function of a further service, in the account of that one', () => {
    const exports = { service: 'export', accountId: '333333333333', externalId: 'exports-id' };
    expect(read({ exports, report: { ...report, service: 'export' } }).callers[1]).toMatchObject({
      roleArn: 'arn:aws:iam::333333333333:role/export-dev-report',
      deployment: { folder: 'services/export', profile: undefined },
    });
    expect(() => read({ report: { ...report, service: 'export' } })).toThrow(
      'dev.callers.report is a function of the service "export", and no entry of dev.callers has this service alone.',
    );
  });
});

test('an entry with a service trusts the previous role as the current one, with the path and the region of its roles', () => {
  const exports = { service: 'export', accountId: '333333333333', externalId: 'exports-id' };
  const trustedWith = (entry: object) =>
    read({ exports: { ...exports, ...entry } }, { rolePath: '/company/' }, 'us-east-1').callers[0]
      ?.trustedRoles;
  const current = trusted('333333333333', '/company/export-dev_us-east-1');
  expect(trustedWith({ previousRoleName: 'books-dev' })).toEqual([
    current,
    trusted('333333333333', '/company/books-dev_us-east-1'),
  ]);
  // A role with another path is not one of this project.
  expect(trustedWith({ previousRoleName: 'team/books' })).toEqual([
    current,
    trusted('333333333333', '/team/books'),
  ]);
});

test('in stage local, a service of this project has the profile of its account, and so have its functions', () => {
  const callers = {
    exports: { service: 'export', accountId: '333333333333', externalId: 'exports-id' },
    nightly: { ...report, service: 'export' },
    report,
  };
  const text = JSON.stringify({ local: { callers } });
  const { callers: read } = readStageSettings('local', projectWith(text, { export: exporter }));
  expect(read.map(({ deployment }) => deployment?.profile)).toEqual([
    'local-333333333333',
    'local-333333333333',
    'local-caller',
  ]);
});

test.each([
  [
    'the name of the first one',
    { function: 'caller' },
    'dev.callers.report.function is "caller". The first function of a service needs no entry',
  ],
  [
    'an account',
    { accountId: '222222222222' },
    "dev.callers.report.accountId is that of the function's service.",
  ],
  ['a profile', { profile: 'caller' }, "dev.callers.report.profile is that of the function's service."],
  [
    'a role with a path',
    { roleName: 'team/report' },
    'dev.callers.report.roleName is "team/report". The role of a function',
  ],
  [
    'a previous role with a path',
    { previousRoleName: 'team/report' },
    'dev.callers.report.previousRoleName is "team/report".',
  ],
])('an entry with a function and %s is refused', (_what, change, message) => {
  expect(() => read({ report: { ...report, ...change } })).toThrow(message);
});

test('two entries for one function are refused: it assumes one role', () => {
  expect(() => read({ report, monthly: report })).toThrow(
    'dev.callers.report and dev.callers.monthly both have the function "report". A function assumes one role',
  );
});

test('an entry without account, role, service and function is refused with all remedies', () => {
  expect(() => read({ report: { externalId: 'report-id' } })).toThrow(
    /dev\.callers\.report\.accountId is missing\.[\s\S]*dev\.callers\.report\.roleName is missing\.[\s\S]*or a function of services\/caller: dev\.callers\.report\.function/,
  );
});
