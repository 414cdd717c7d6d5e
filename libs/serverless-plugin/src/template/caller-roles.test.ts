import type { Deployment } from '../deployment.ts';
import { projectWith } from '../project.testing.ts';
import { readStageSettings } from '../settings/read.ts';
import { chooseAccessMode, keepPreviousRole, nameRoutes } from './caller-roles.ts';

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
