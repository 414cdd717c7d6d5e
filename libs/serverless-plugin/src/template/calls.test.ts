import type { FunctionDefinition } from '../framework.ts';
import { settingsOfCaller } from '../project.testing.ts';
import type { StageSettings } from '../settings/read.ts';
import { grantCalls, variablesOf } from './calls.ts';

const settingsWith = (settings = '', region?: string): StageSettings =>
  settingsOfCaller(
    `dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: own-id, ${settings} }`,
    region,
  );

const URL = 'https://own.execute-api.eu-central-1.amazonaws.com/dev';
const outputs = { ApiUrl: URL, ApiArn: 'arn:own', InvokeRoleArn: 'arn:invoke-role' };
const paths = { '/orders': { post: {} }, '/orders/{id}': { get: {}, delete: {} } };

/** A function after the step. */
function granted(
  definition: Partial<FunctionDefinition>,
  settings: StageSettings,
  { name = 'caller', apiOutputs = outputs }: { readonly name?: string; readonly apiOutputs?: object } = {},
): FunctionDefinition {
  const functions = { [name]: { name: `shop-dev-${name}`, ...definition } };
  grantCalls(functions, settings, { routes: paths, settings: { apiOutputs } });
  return functions[name] as FunctionDefinition;
}

const assume = (Resource: string, suffix = '') => ({
  Sid: `AssumeInvokeRole${suffix}`,
  Effect: 'Allow',
  Action: 'sts:AssumeRole',
  Resource,
});
const invoke = (Resource: readonly string[], suffix = '') => ({
  Sid: `InvokeRoutes${suffix}`,
  Effect: 'Allow',
  Action: 'execute-api:Invoke',
  Resource,
});
const allRoutes = ['arn:own/POST/orders', 'arn:own/GET/orders/*', 'arn:own/DELETE/orders/*'];

test('a function without the property is left alone', () => {
  const own = { environment: { API_URL: 'own' }, iamRoleStatements: [{ Sid: 'AssumeInvokeRole' }] };
  expect(granted(own, settingsWith())).toEqual({ name: 'shop-dev-caller', ...own });
});

describe("the project's API", () => {
  test('in access mode assume-role, the function assumes the invoke role and may do nothing else', () => {
    expect(granted({ calls: ['api'] }, settingsWith())).toEqual({
      name: 'shop-dev-caller',
      calls: ['api'],
      environment: {
        API_URL: URL,
        API_REGION: 'eu-central-1',
        INVOKE_ROLE_ARN: 'arn:invoke-role',
        EXTERNAL_ID: 'own-id',
      },
      iamRoleStatements: [assume('arn:invoke-role')],
      // Without `calls`, it would have the framework's default role, which has the statements of `provider`.
      iamRoleStatementsInherit: true,
      iamRoleStatementsName: 'shop-dev',
    });
  });

  test('a function with iamRoleStatements inherits what its owner says', () => {
    const own = { calls: ['api'], iamRoleStatements: [] };
    expect(granted(own, settingsWith())).not.toHaveProperty('iamRoleStatementsInherit');
    const refused = granted({ calls: ['api'], iamRoleStatementsInherit: false }, settingsWith());
    expect(refused.iamRoleStatementsInherit).toBe(false);
  });

  test('in access mode resource-policy, it calls the routes of the contract, or those of the setting, as itself', () => {
    const mode = 'accessMode: resource-policy';
    const { environment, iamRoleStatements } = granted({ calls: ['api'] }, settingsWith(mode));
    expect(environment).toEqual({ API_URL: URL, API_REGION: 'eu-central-1' });
    expect(iamRoleStatements).toEqual([invoke(allRoutes)]);
    expect(
      granted({ calls: ['api'] }, settingsWith(`${mode}, routes: [POST /orders]`)).iamRoleStatements,
    ).toEqual([invoke(['arn:own/POST/orders'])]);
  });

  test('while the access mode is changed, the role has both statements, and the function the variables of the new one', () => {
    const { environment, iamRoleStatements } = granted(
      { calls: ['api'] },
      settingsWith('accessMode: resource-policy, previousAccessMode: assume-role'),
    );
    expect(Object.keys(environment ?? {})).toEqual(['API_URL', 'API_REGION']);
    expect(iamRoleStatements).toEqual([invoke(allRoutes), assume('arn:invoke-role')]);
  });

  test('keeps statements and variables of the owner', () => {
    const own = { environment: { TABLE: 'orders' }, iamRoleStatements: [{ Sid: 'ReadOrders' }] };
    const { environment, iamRoleStatements } = granted({ calls: ['api'], ...own }, settingsWith());
    expect(environment).toMatchObject({ TABLE: 'orders', API_URL: URL });
    expect(iamRoleStatements).toEqual([{ Sid: 'ReadOrders' }, assume('arn:invoke-role')]);
  });

  test.each([
    ['its URL', 'https://own.execute-api.us-east-1.amazonaws.com/dev', '', 'us-east-1'],
    [
      'the setting apiRegion, at a custom domain',
      'https://api.example.com',
      'apiRegion: us-east-1',
      'us-east-1',
    ],
    ['the region of the stage, at a custom domain', 'https://api.example.com', '', 'eu-central-1'],
  ])('requests are signed for the region of %s', (_what, ApiUrl, settings, region) => {
    const { environment } = granted({ calls: ['api'] }, settingsWith(settings), {
      apiOutputs: { ...outputs, ApiUrl },
    });
    expect(environment).toMatchObject({ API_REGION: region });
  });
});

describe('a further function', () => {
  const entry =
    'callers: { report: { function: report, externalId: report-id, routes: ["GET /orders/{id}"] } }';
  const name = 'report';

  test('gets the role and the external ID of its entry under callers', () => {
    const apiOutputs = { ...outputs, InvokeRoleReportArn: 'arn:noted' };
    expect(granted({ calls: ['api'] }, settingsWith(entry), { name, apiOutputs })).toMatchObject({
      environment: { INVOKE_ROLE_ARN: 'arn:noted', EXTERNAL_ID: 'report-id' },
      iamRoleStatements: [assume('arn:noted')],
      iamRoleStatementsName: 'shop-dev-report',
    });
  });

  test('gets the role by its name, if the outputs of the API are not noted, as in CI', () => {
    expect(granted({ calls: ['api'] }, settingsWith(entry), { name }).environment).toMatchObject({
      INVOKE_ROLE_ARN: 'arn:aws:iam::111111111111:role/depot-dev-invoke.report',
    });
  });

  test('may call the routes of its entry, in access mode resource-policy as itself', () => {
    const settings = settingsWith(`accessMode: resource-policy, ${entry}`);
    expect(granted({ calls: ['api'] }, settings, { name })).toMatchObject({
      environment: { API_URL: URL, API_REGION: 'eu-central-1' },
      iamRoleStatements: [invoke(['arn:own/GET/orders/*'])],
    });
  });

  test('has another role in an additional region', () => {
    const settings = settingsWith(entry, 'us-east-1');
    expect(granted({ calls: ['api'] }, settings, { name })).toMatchObject({
      environment: {
        INVOKE_ROLE_ARN: 'arn:aws:iam::111111111111:role/depot-dev-invoke.report_us-east-1',
      },
      iamRoleStatementsName: 'shop-dev-report_us-east-1',
    });
    expect(settings.callers[0]?.trustedRoles).toEqual([
      { 'Fn::Sub': `arn:\${AWS::Partition}:iam::222222222222:role/shop-dev-report_us-east-1` },
    ]);
  });
});

describe('another API', () => {
  const role = 'arn:aws:iam::333333333333:role/billing-prod-invoke.shop';
  const url = 'https://abc123.execute-api.eu-west-1.amazonaws.com/prod';

  test('adds a statement, and variables with its name in front', () => {
    const settings = settingsWith(
      `apis: { billing: { url: "${url}", invokeRoleArn: "${role}", externalId: billing-id } }`,
    );
    expect(granted({ calls: ['api', 'billing'] }, settings)).toMatchObject({
      environment: {
        API_URL: URL,
        BILLING_API_URL: url,
        BILLING_API_REGION: 'eu-west-1',
        BILLING_INVOKE_ROLE_ARN: role,
        BILLING_EXTERNAL_ID: 'billing-id',
      },
      iamRoleStatements: [assume('arn:invoke-role'), assume(role, 'Billing')],
    });
  });

  test('in its access mode resource-policy, the function calls its routes as itself', () => {
    const apiArn = 'arn:aws:execute-api:eu-west-1:333333333333:abc123/prod';
    const settings = settingsWith(
      `apis: { billing: { url: "${url}", accessMode: resource-policy, apiArn: "${apiArn}", routes: ["GET /invoices/{id}"] } }`,
    );
    expect(granted({ calls: ['billing'] }, settings)).toMatchObject({
      environment: { BILLING_API_URL: url, BILLING_API_REGION: 'eu-west-1' },
      iamRoleStatements: [invoke([`${apiArn}/GET/invoices/*`], 'Billing')],
    });
    const changing = settingsWith(
      `apis: { billing: { url: "${url}", accessMode: resource-policy, previousAccessMode: assume-role, apiArn: "${apiArn}", routes: ["GET /invoices/{id}"], invokeRoleArn: "${role}" } }`,
    );
    expect(granted({ calls: ['billing'] }, changing).iamRoleStatements).toEqual([
      invoke([`${apiArn}/GET/invoices/*`], 'Billing'),
      assume(role, 'Billing'),
    ]);
  });

  test('a function that calls nothing else has a role with its own name, which the other team can admit', () => {
    const settings = (region?: string) =>
      settingsWith(`apis: { billing: { url: "${url}", invokeRoleArn: "${role}" } }`, region);
    const nameIn = (region?: string, own: object = {}) =>
      granted({ calls: ['billing'], ...own }, settings(region), { name: 'report' }).iamRoleStatementsName;
    expect(nameIn()).toBe('shop-dev-report');
    expect(nameIn('us-east-1')).toBe('shop-dev-report_us-east-1');
    expect(nameIn(undefined, { iamRoleStatementsName: 'mine' })).toBe('mine');
    const long = nameIn('us-east-1', { name: 'f'.repeat(64) });
    expect(long).toHaveLength(64);
    expect(nameIn('eu-west-1', { name: 'f'.repeat(64) })).not.toBe(long);
  });

  test('names are apart from each other, and fit variables and statement IDs', () => {
    expect(variablesOf('team-2')).toEqual({
      url: 'TEAM_2_API_URL',
      region: 'TEAM_2_API_REGION',
      invokeRoleArn: 'TEAM_2_INVOKE_ROLE_ARN',
      externalId: 'TEAM_2_EXTERNAL_ID',
    });
    const settings = settingsWith(
      `apis: { team-2: { url: "${url}", invokeRoleArn: "${role}" }, team2: { url: "${url}", invokeRoleArn: "${role}" } }`,
    );
    const sids = granted({ calls: ['team-2', 'team2'] }, settings).iamRoleStatements?.map(({ Sid }) => Sid);
    expect(sids).toEqual(['AssumeInvokeRoleTeamDash2', 'AssumeInvokeRoleTeam2']);
  });
});
