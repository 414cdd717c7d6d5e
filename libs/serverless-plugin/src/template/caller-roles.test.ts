import type { Deployment } from '../deployment.ts';
import type { Framework } from '../framework.ts';
import { projectWith } from '../project.testing.ts';
import { readStageSettings } from '../settings/read.ts';
import { checkGrants, chooseAccessMode, keepPreviousRole, nameRoutes } from './caller-roles.ts';

const deploymentWith = (settings: string): Deployment => {
  const stage = `dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: secret, ${settings} }`;
  return {
    service: 'shop',
    stage: 'dev',
    settings: readStageSettings('dev', projectWith(stage)),
  };
};

/** The roles and the function of the template, for a stage with further settings. */
function templateWith(settings: string) {
  const Role: unknown = { 'Fn::GetAtt': ['CallerIamRoleLambdaExecution', 'Arn'] };
  const caller = {
    Type: 'AWS::Lambda::Function',
    Properties: { Role },
    DependsOn: ['CallerIamRoleLambdaExecution', 'CallerLogGroup'],
  };
  const role = { Type: 'AWS::IAM::Role', Properties: { RoleName: 'any', Policies: ['the same'] } };
  const template = { Resources: { CallerIamRoleLambdaExecution: role, CallerLambdaFunction: caller } };
  keepPreviousRole(template, deploymentWith(settings));
  const { CallerLambdaFunction: _, ...roles } = template.Resources;
  const roleArn = caller.Properties.Role as { 'Fn::GetAtt': [string, string] };
  return {
    roleId: roleArn['Fn::GetAtt'][0],
    dependsOn: caller.DependsOn,
    roles: Object.fromEntries(Object.entries(roles).map(([id, { Properties }]) => [Properties.RoleName, id])),
    policies: Object.values(roles).map(({ Properties }) => Properties.Policies),
  };
}

test('the role with the default name keeps the logical ID that it has always had', () => {
  expect(templateWith('')).toMatchObject({
    roleId: 'CallerIamRoleLambdaExecution',
    roles: { 'shop-dev': 'CallerIamRoleLambdaExecution' },
  });
});

test('the previous role stays, unchanged, next to the new one', () => {
  const before = templateWith('callerRoleName: first');
  const rotating = templateWith('callerRoleName: second, previousCallerRoleName: first');
  const after = templateWith('callerRoleName: second');
  expect(rotating.roles).toEqual({ first: before.roleId, second: rotating.roleId });
  expect(rotating.policies).toEqual([['the same'], ['the same']]);
  expect(rotating.dependsOn).toEqual([rotating.roleId, 'CallerLogGroup']);
  expect(after.roles).toEqual({ second: rotating.roleId });
});

test('a service without the function "caller" is told what it lacks', () => {
  expect(() => keepPreviousRole({ Resources: {} }, deploymentWith(''))).toThrow(
    'services/caller/serverless.yml must have a function "caller" with iamRoleStatements',
  );
});

test.each([
  ['assume-role', '', ['AssumeInvokeRole', 'Own'], true],
  ['resource-policy', 'accessMode: resource-policy', ['InvokeRoutes', 'Own'], false],
  [
    'a change to resource-policy',
    'accessMode: resource-policy, previousAccessMode: assume-role',
    ['AssumeInvokeRole', 'InvokeRoutes', 'Own'],
    false,
  ],
])(
  'in access mode %s the caller keeps the statements and variables that it uses',
  (_mode, settings, sids, assumes) => {
    const caller = {
      name: 'caller-dev',
      environment: { API_URL: 'url', INVOKE_ROLE_ARN: 'arn', EXTERNAL_ID: 'id' },
      iamRoleStatements: [{ Sid: 'AssumeInvokeRole' }, { Sid: 'InvokeRoutes' }, { Sid: 'Own' }],
    };
    chooseAccessMode({ caller }, deploymentWith(settings).settings, {});
    expect(caller.iamRoleStatements.map(({ Sid }) => Sid)).toEqual(sids);
    expect('INVOKE_ROLE_ARN' in caller.environment).toBe(assumes);
    expect('EXTERNAL_ID' in caller.environment).toBe(assumes);
  },
);

test('the caller may call the routes of the contract, or those of the setting routes', () => {
  const resources = (settings: string) => {
    const statement = { Sid: 'InvokeRoutes', Resource: 'arn:stage' };
    const caller = { name: 'caller-dev', iamRoleStatements: [{ Sid: 'Own', Resource: 'x' }, statement] };
    const routes = { '/orders': { post: {} }, '/orders/{id}': { get: {}, delete: {} } };
    nameRoutes({ caller }, deploymentWith(settings).settings, { routes });
    return caller.iamRoleStatements.map(({ Resource }) => Resource);
  };
  expect(resources('')).toEqual([
    'x',
    ['arn:stage/POST/orders', 'arn:stage/GET/orders/*', 'arn:stage/DELETE/orders/*'],
  ]);
  expect(resources('routes: [POST /orders]')).toEqual(['x', ['arn:stage/POST/orders']]);
});

describe('a second function that calls the API', () => {
  const entry =
    'callers: { report: { accountId: "222222222222", roleName: shop-dev-report, externalId: own-id, routes: [GET /whoami] } }';
  /** As in serverless.yml: the values of the function "caller". */
  const written = () => ({
    name: 'shop-dev-report',
    environment: { API_URL: 'url', INVOKE_ROLE_ARN: 'arn-of-caller', EXTERNAL_ID: 'id-of-caller' },
    iamRoleStatementsName: 'shop-dev-report',
    iamRoleStatements: [
      { Sid: 'AssumeInvokeRole', Resource: 'arn-of-caller' },
      { Sid: 'InvokeRoutes', Resource: 'arn:api/dev' },
      { Sid: 'Own', Resource: 'own' },
    ],
  });
  const custom = (outputs: object) => ({
    routes: { '/whoami': { get: {} }, '/messages': { post: {} } },
    settings: { apiOutputs: outputs },
  });

  /** The function after the steps. */
  function stepped(settings: string, outputs: object = {}) {
    const report = written();
    const functions = { report, other: { name: 'other', environment: { INVOKE_ROLE_ARN: 'own' } } };
    const read = deploymentWith(settings).settings;
    chooseAccessMode(functions, read, custom(outputs));
    nameRoutes(functions, read, custom(outputs));
    expect(functions.other.environment).toEqual({ INVOKE_ROLE_ARN: 'own' });
    return report;
  }

  test('gets the role and the external ID of its entry under callers', () => {
    const arn = 'arn:aws:iam::111111111111:role/noted';
    const { environment, iamRoleStatements } = stepped(entry, { InvokeRoleReportArn: arn });
    expect(environment).toEqual({ API_URL: 'url', INVOKE_ROLE_ARN: arn, EXTERNAL_ID: 'own-id' });
    expect(iamRoleStatements).toEqual([
      { Sid: 'AssumeInvokeRole', Resource: arn },
      { Sid: 'Own', Resource: 'own' },
    ]);
  });

  test('gets the role by its name, if the outputs of the API are not noted, as in CI', () => {
    expect(stepped(entry).environment.INVOKE_ROLE_ARN).toMatch(/^arn:aws:iam::111111111111:role\/.+report/);
  });

  test('may call the routes of its entry, in access mode resource-policy as itself', () => {
    const { environment, iamRoleStatements } = stepped(`accessMode: resource-policy, ${entry}`);
    expect(environment).toEqual({ API_URL: 'url' });
    expect(iamRoleStatements).toEqual([
      { Sid: 'InvokeRoutes', Resource: ['arn:api/dev/GET/whoami'] },
      { Sid: 'Own', Resource: 'own' },
    ]);
  });

  /** Checks the function before it is packaged. */
  const check = (settings: string, report: object = written(), outputs: object = {}) =>
    checkGrants(
      { service: { functions: { report }, custom: custom(outputs) } } as unknown as Framework,
      deploymentWith(settings),
    );

  test('is packaged if an entry grants it', () => {
    expect(() => check(entry)).not.toThrow();
    expect(() =>
      check(entry, written(), { ApiUrl: 'https://api', InvokeRoleReportArn: 'arn' }),
    ).not.toThrow();
  });

  test('is refused if no entry has its role, with the entry to add', () => {
    const refusal =
      /no entry of dev\.callers has its role\. Add one, such as report: \{ accountId: "222222222222", roleName: shop-dev-report,/;
    expect(() => check('')).toThrow(refusal);
    expect(() => check(entry.replace('222222222222', '333333333333'))).toThrow(refusal);
    expect(() => check(`rolePath: /company/, ${entry}`)).toThrow(/roleName: company\/shop-dev-report,/);
  });

  test('is refused if its role has no name', () => {
    const { iamRoleStatementsName: _, ...nameless } = written();
    expect(() => check(entry, nameless)).toThrow(
      `iamRoleStatementsName: \${self:service}-\${sls:stage}-report`,
    );
  });

  test('is refused if the API was deployed without its entry', () => {
    expect(() => check(entry, written(), { ApiUrl: 'https://api' })).toThrow(
      'the api service has not been deployed with dev.callers.report, which grants the function "report"',
    );
  });
});
