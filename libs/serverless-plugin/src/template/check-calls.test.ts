import type { Framework, FunctionDefinition } from '../framework.ts';
import { settingsOfCaller } from '../project.testing.ts';
import { checkCalls } from './check-calls.ts';

const ROLE = 'arn:aws:iam::333333333333:role/billing-prod-invoke.shop';
const BILLING = 'https://abc123.execute-api.eu-central-1.amazonaws.com/prod';
const entry = 'callers: { report: { function: report, externalId: report-id, routes: [GET /sender] } }';
const billing = (more = '') => `apis: { billing: { url: "${BILLING}", invokeRoleArn: "${ROLE}" ${more} } }`;

/** Runs the checks for functions of the service `shop`, with further settings of stage `dev`. */
function check(
  functions: Readonly<Record<string, Partial<FunctionDefinition>>>,
  settings = '',
  {
    region,
    ...ofApi
  }: { readonly apiOutputs?: object; readonly apiIsNoted?: boolean; readonly region?: string } = {},
): void {
  const read = settingsOfCaller(
    `dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: own-id, ${settings} }`,
    region,
  );
  const apiOutputs = {
    ApiUrl: 'https://own.execute-api.eu-central-1.amazonaws.com/dev',
    ...ofApi.apiOutputs,
  };
  const named = Object.entries(functions).map(([key, each]) => [key, { name: `shop-dev-${key}`, ...each }]);
  const framework = {
    service: {
      functions: Object.fromEntries(named),
      custom: { settings: { ...ofApi, apiOutputs } },
      provider: {},
    },
  } as unknown as Framework;
  checkCalls(framework, { service: 'shop', stage: 'dev', settings: read });
}

test('a function that calls what is granted is packaged', () => {
  expect(() => check({ caller: { calls: ['api'] } })).not.toThrow();
  expect(() => check({ caller: { calls: ['api', 'billing'] } }, billing())).not.toThrow();
  expect(() => check({ report: { calls: ['api'] } }, entry)).not.toThrow();
  const noted = { apiIsNoted: true, apiOutputs: { InvokeRoleReportArn: 'arn' } };
  expect(() => check({ report: { calls: ['api'] } }, entry, noted)).not.toThrow();
  // In this mode, callers have no invoke role.
  const itself = `${entry}, accessMode: resource-policy`;
  expect(() => check({ report: { calls: ['api'] } }, itself, { apiIsNoted: true })).not.toThrow();
});

describe('packaging is refused', () => {
  test('if no entry of callers grants a further function, with the entry to add', () => {
    expect(() => check({ report: { calls: ['api'] } })).toThrow(
      'no entry of dev.callers has it. Add one, such as report: { function: report, externalId: …, routes: [GET /…] }',
    );
  });

  test('if the API was deployed without the entry', () => {
    expect(() => check({ report: { calls: ['api'] } }, entry, { apiIsNoted: true })).toThrow(
      'the api service has not been deployed with dev.callers.report, which grants the function "report"',
    );
  });

  test('if another API is not among apis, with the role that its team has to admit', () => {
    expect(() => check({ caller: { calls: ['orders'] } }, billing())).toThrow(
      /calls "orders", and services\/stages\.yml does not grant it: dev\.apis has billing\. Ask the API's team to admit arn:aws:iam::222222222222:role\/shop-dev\./,
    );
    expect(() => check({ report: { calls: ['orders'] } }, 'rolePath: /company/')).toThrow(
      /dev\.apis has no entry\. Ask the API's team to admit arn:aws:iam::222222222222:role\/company\/shop-dev-report\./,
    );
  });

  test('if another API is granted to the role of another function', () => {
    const granted = billing(', callerRoleArn: "arn:aws:iam::222222222222:role/shop-dev"');
    expect(() => check({ caller: { calls: ['billing'] } }, granted)).not.toThrow();
    expect(() => check({ report: { calls: ['billing'] } }, granted)).toThrow(
      'calls "billing" as arn:aws:iam::222222222222:role/shop-dev-report, and dev.apis.billing in services/stages.yml is granted to arn:aws:iam::222222222222:role/shop-dev.',
    );
  });

  test('if another API is granted to the role of the first region, with the way out', () => {
    const granted = billing(', callerRoleArn: "arn:aws:iam::222222222222:role/shop-dev"');
    expect(() => check({ caller: { calls: ['billing'] } }, granted, { region: 'us-east-1' })).toThrow(
      'calls "billing" as arn:aws:iam::222222222222:role/shop-dev_us-east-1, and dev.apis.billing in services/stages.yml is granted to arn:aws:iam::222222222222:role/shop-dev. In an additional region of a stage, a function has another role. Deploy us-east-1 as another stage, and ask the API\'s team to admit the role that the function has there.',
    );
  });

  test('if variables contradict the property', () => {
    const caller = { calls: ['api', 'billing'], environment: { API_URL: 'own', BILLING_API_REGION: 'own' } };
    expect(() => check({ caller }, billing())).toThrow(
      'has "calls: [api, billing]" and API_URL, BILLING_API_REGION in its environment.',
    );
  });

  test('but not if they are the same, as after the property was read', () => {
    const environment = {
      BILLING_API_URL: BILLING,
      BILLING_API_REGION: 'eu-central-1',
      BILLING_INVOKE_ROLE_ARN: ROLE,
    };
    expect(() => check({ caller: { calls: ['billing'], environment } }, billing())).not.toThrow();
    expect(() =>
      check(
        { caller: { calls: ['billing'], environment: { ...environment, BILLING_EXTERNAL_ID: 'x' } } },
        billing(),
      ),
    ).toThrow('BILLING_EXTERNAL_ID in its environment');
  });

  test('if the role has another name than the API trusts', () => {
    const own = { calls: ['api'], iamRoleStatementsName: 'mine' };
    expect(() => check({ caller: own })).toThrow(
      'The function "caller" has the iamRoleStatementsName mine, and the API trusts the role shop-dev. Remove iamRoleStatementsName; to change the name, set dev.callerRoleName in',
    );
    expect(() => check({ report: own }, entry)).toThrow('set dev.callers.report.roleName in');
    expect(() => check({ caller: { ...own, iamRoleStatementsName: 'shop-dev' } })).not.toThrow();
  });

  test('if a serverless.yml has the statements of before, with the line to write', () => {
    const caller = { iamRoleStatements: [{ Sid: 'AssumeInvokeRole' }, { Sid: 'Own' }] };
    expect(() => check({ caller })).toThrow(
      'The function "caller" has the statement AssumeInvokeRole. Write "calls: [api]" in its place, and remove the variables API_URL, API_REGION, INVOKE_ROLE_ARN, EXTERNAL_ID:',
    );
  });
});

describe('the region of an API', () => {
  const own = (ApiUrl: string) => ({ apiOutputs: { ApiUrl } });
  const hostIn = (region: string) => `https://own.execute-api.${region}.amazonaws.com/dev`;
  const CUSTOM = 'https://api.example.com/messages';

  test.each([
    ['the stage’s region', hostIn('eu-central-1'), ''],
    ['another region', hostIn('us-east-1'), ''],
    ['another region, which the setting names, too', hostIn('us-east-1'), 'apiRegion: us-east-1'],
    ['another region, at a custom domain', CUSTOM, 'apiRegion: us-east-1'],
  ])('a caller of an API in %s is packaged', (_where, url, settings) => {
    expect(() => check({ caller: { calls: ['api'] } }, settings, own(url))).not.toThrow();
  });

  test.each([
    ['its URL', hostIn('us-gov-west-1'), ''],
    ['the setting', CUSTOM, 'apiRegion: us-gov-west-1'],
  ])('a caller in another partition than the API is refused, by %s', (_by, url, settings) => {
    expect(() => check({ caller: { calls: ['api'] } }, settings, own(url))).toThrow(
      /^The API is in us-gov-west-1, and stage dev of the caller in eu-central-1\. They are in two partitions of AWS, aws-us-gov and aws, .* Deploy the caller to a region of aws-us-gov, as another stage\./,
    );
  });

  test('a caller in another partition than another API is refused', () => {
    const settings = `apis: { billing: { url: "${CUSTOM}", region: cn-north-1, invokeRoleArn: "${ROLE}" } }`;
    expect(() => check({ caller: { calls: ['billing'] } }, settings)).toThrow(
      'The API "billing" is in cn-north-1, and stage dev of the caller in eu-central-1.',
    );
  });

  test('a setting apiRegion that contradicts the URL is refused with both', () => {
    expect(() =>
      check({ caller: { calls: ['api'] } }, 'apiRegion: us-west-2', own(hostIn('us-east-1'))),
    ).toThrow(
      `services/stages.yml: dev.apiRegion is us-west-2, but the API's URL is in us-east-1: ${hostIn('us-east-1')}.`,
    );
  });
});
