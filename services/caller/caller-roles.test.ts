import { readStageSettings } from '../stage-settings.js';
import CallerRoles from './caller-roles.js';

/** The roles and the function of the template, for a stage with further settings. */
function templateWith(settings: string) {
  const stage = `dev: { region: eu-central-1, callerAccountId: "222222222222", externalId: secret, ${settings} }`;
  const template = {
    Resources: {
      CallerIamRoleLambdaExecution: {
        Type: 'AWS::IAM::Role',
        Properties: { RoleName: 'any', Policies: ['the same'] },
      },
      CallerLambdaFunction: {
        Type: 'AWS::Lambda::Function',
        Properties: { Role: { 'Fn::GetAtt': ['CallerIamRoleLambdaExecution', 'Arn'] } },
        DependsOn: ['CallerIamRoleLambdaExecution', 'CallerLogGroup'],
      },
    },
  };
  const { hooks } = new CallerRoles({
    service: {
      service: 'cross-account-caller',
      custom: { settings: readStageSettings('dev', undefined, () => stage) },
      provider: { compiledCloudFormationTemplate: template },
    },
    classes: { Error },
    getProvider: () => ({ getStage: () => 'dev' }),
  });
  hooks['after:aws:package:finalize:mergeCustomProviderResources']();
  const { CallerLambdaFunction, ...roles } = template.Resources;
  return {
    roleId: CallerLambdaFunction.Properties.Role['Fn::GetAtt'][0] ?? '',
    dependsOn: CallerLambdaFunction.DependsOn,
    roles: Object.fromEntries(Object.entries(roles).map(([id, { Properties }]) => [Properties.RoleName, id])),
    policies: Object.values(roles).map(({ Properties }) => Properties.Policies),
  };
}

test('the role with the default name keeps the logical ID that it has always had', () => {
  expect(templateWith('')).toMatchObject({
    roleId: 'CallerIamRoleLambdaExecution',
    roles: { 'cross-account-caller-dev': 'CallerIamRoleLambdaExecution' },
  });
});

test('the previous role stays, unchanged, beside the new one', () => {
  const before = templateWith('callerRoleName: first');
  const rotating = templateWith('callerRoleName: second, previousCallerRoleName: first');
  const after = templateWith('callerRoleName: second');
  expect(rotating.roles).toEqual({ first: before.roleId, second: rotating.roleId });
  expect(rotating.policies).toEqual([['the same'], ['the same']]);
  expect(rotating.dependsOn).toEqual([rotating.roleId, 'CallerLogGroup']);
  expect(after.roles).toEqual({ second: rotating.roleId });
});
