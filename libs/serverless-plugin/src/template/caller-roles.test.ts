import type { DeploymentFacts } from '../deployment.ts';
import type { Resource } from '../framework.ts';
import { projectWith, settingsOfCaller } from '../project.testing.ts';
import { readStageSettings } from '../settings/read.ts';
import { keepPreviousRole } from './caller-roles.ts';

const deploymentWith = (settings: string): DeploymentFacts => {
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
    'services/caller/serverless.yml must have a function "caller" with "calls: [api]"',
  );
});

describe('a function that an entry of callers grants', () => {
  /** The roles of the template by their names, for entries and a region. */
  function rolesWith(entry: string, region?: string) {
    const dev = `{ region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: secret, callers: { ${entry} } }`;
    const { functionGrants, ...settings } = settingsOfCaller(`dev: ${dev}`, region);
    const ofFunction = (id: string) => ({
      Type: 'AWS::Lambda::Function',
      Properties: { Role: { 'Fn::GetAtt': [`${id}IamRoleLambdaExecution`, 'Arn'] } as unknown },
      DependsOn: [`${id}IamRoleLambdaExecution`],
    });
    const role = () => ({ Type: 'AWS::IAM::Role', Properties: { RoleName: 'any' } });
    const report = ofFunction('MonthlyDashreport');
    const Resources: Record<string, Resource> = {
      CallerIamRoleLambdaExecution: role(),
      CallerLambdaFunction: ofFunction('Caller'),
      MonthlyDashreportIamRoleLambdaExecution: role(),
      MonthlyDashreportLambdaFunction: report,
    };
    keepPreviousRole(
      { Resources },
      { service: 'shop', stage: 'dev', settings: { ...settings, functionGrants } },
    );
    const names = Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
      Type === 'AWS::IAM::Role' ? [[String(Properties.RoleName), id] as const] : [],
    );
    const { 'Fn::GetAtt': own } = report.Properties.Role as { readonly 'Fn::GetAtt': readonly string[] };
    return { roles: Object.fromEntries(names), own: own[0], dependsOn: report.DependsOn };
  }

  test('has a role with the name of the function, also in another region', () => {
    const entry = 'report: { function: monthly-report, externalId: own-id }';
    const id = 'MonthlyDashreportIamRoleLambdaExecution';
    expect(rolesWith(entry)).toMatchObject({ roles: { 'shop-dev-monthly-report': id }, own: id });
    expect(rolesWith(entry, 'us-east-1')).toMatchObject({
      roles: {
        'shop-dev_us-east-1': 'CallerIamRoleLambdaExecution',
        'shop-dev-monthly-report_us-east-1': id,
      },
      own: id,
    });
  });

  test('keeps its previous role while the name is changed', () => {
    const before = rolesWith('report: { function: monthly-report, externalId: own-id }');
    const rotating = rolesWith(
      'report: { function: monthly-report, roleName: second, previousRoleName: shop-dev-monthly-report, externalId: own-id }',
    );
    expect(Object.keys(rotating.roles)).toEqual(['shop-dev', 'second', 'shop-dev-monthly-report']);
    expect(rotating.own).toBe(rotating.roles.second);
    expect(rotating.dependsOn).toEqual([rotating.own]);
    expect(rotating.roles['shop-dev-monthly-report']).toBe(before.own);
    const after = rolesWith('report: { function: monthly-report, roleName: second, externalId: own-id }');
    expect(after.roles).toEqual({ 'shop-dev': 'CallerIamRoleLambdaExecution', second: rotating.own });
  });

  test('may be absent, because the entry can be there before the function', () => {
    expect(rolesWith('later: { function: later, externalId: own-id }').own).toBe(
      'MonthlyDashreportIamRoleLambdaExecution',
    );
  });
});
