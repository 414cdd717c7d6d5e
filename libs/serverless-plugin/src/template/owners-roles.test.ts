import { deploymentWith } from '../deployment.testing.ts';
import { frameworkFor } from '../framework.testing.ts';
import type { Template } from '../framework.ts';
import { Refusal } from '../mistake.ts';
import { settingsOfCaller } from '../project.testing.ts';
import { hash } from '../settings/names.ts';
import { keepPreviousRole } from './caller-roles.ts';
import { checkCalls } from './check-calls.ts';
import { followRoles, removeDefaultRole } from './function-roles.ts';
import { checkVpcRoles, connectToVpc, warnOfVpcRoles } from './private-api.ts';
import { allowTableKey, checkKeyRoles } from './table-key.ts';
import { deployTwice } from './two-deployments.ts';

const ROLE = 'CallerIamRoleLambdaExecution';
const arnOfRole = (id = ROLE) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const role = () => ({ Type: 'AWS::IAM::Role', Properties: {} });

/** A caller's template as osls packages it, with what depends on a role. */
function templateOf(id: string): Template {
  return {
    Resources: {
      [id]: role(),
      CallerLambdaFunction: {
        Type: 'AWS::Lambda::Function',
        Properties: { Role: arnOfRole(id) },
        DependsOn: ['CallerLogGroup', id],
      },
      // serverless-iam-roles-per-function writes a text.
      CallerEventSourceMappingSQSOrders: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {},
        DependsOn: id,
      },
      CallerSchedule1: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: { Target: { RoleArn: arnOfRole(id) } },
      },
      // What an owner writes.
      Policy: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          Roles: [{ Ref: id }],
          Description: { 'Fn::Sub': [`\${${id}} \${${id}.Arn} \${!${id}} \${Own}`, { Own: arnOfRole(id) }] },
        },
      },
    },
    Outputs: { RoleArn: { Value: { 'Fn::If': ['IsStaging', { 'Fn::GetAtt': `${id}.Arn` }, 'none'] } } },
  };
}

test('with another callerRoleName, all that refers to the role refers to the renamed one', () => {
  const template = templateOf(ROLE);
  keepPreviousRole(template, { ...deploymentWith({ callerRoleName: 'caller-2' }), service: 'shop' });
  const renamed = `CallerRole${hash('caller-2', 8)}`;
  const { [renamed]: made, ...others } = template.Resources;
  expect(made?.Properties).toEqual({ RoleName: 'caller-2' });
  const { [renamed]: _, ...expected } = templateOf(renamed).Resources;
  const description = expected.Policy?.Properties.Description as { 'Fn::Sub': [string] };
  // `${!…}` is a text.
  description['Fn::Sub'][0] = description['Fn::Sub'][0].replace(`!${renamed}`, `!${ROLE}`);
  expect(others).toEqual(expected);
  expect(template.Outputs).toEqual(templateOf(renamed).Outputs);
});

test('the default role stays for a function without iamRoleStatements, and goes if nothing refers to it', () => {
  const template = templateOf('IamRoleLambdaExecution');
  removeDefaultRole(template, deploymentWith());
  expect(template).toEqual(templateOf('IamRoleLambdaExecution'));
  const unused = { Resources: { ...templateOf(ROLE).Resources, IamRoleLambdaExecution: role() } };
  removeDefaultRole(unused, deploymentWith());
  expect(unused.Resources).toEqual(templateOf(ROLE).Resources);
});

test('a usage plan and an API key wait for the stage, as the framework’s deployment is no longer there', () => {
  const idsWith = (deployment: string) => {
    const Resources: Template['Resources'] = {
      [deployment]: { Type: 'AWS::ApiGateway::Deployment', Properties: {} },
      ApiGatewayStage: { Type: 'AWS::ApiGateway::Stage', Properties: {} },
      ApiGatewayUsagePlan: { Type: 'AWS::ApiGateway::UsagePlan', Properties: {}, DependsOn: deployment },
      ApiGatewayApiKey1: { Type: 'AWS::ApiGateway::ApiKey', Properties: {}, DependsOn: deployment },
    };
    deployTwice({ Resources }, deploymentWith());
    expect(Resources.ApiGatewayUsagePlan?.DependsOn).toBe('ApiGatewayStage');
    expect(Resources.ApiGatewayApiKey1?.DependsOn).toBe('ApiGatewayStage');
    return Object.keys(Resources);
  };
  // The framework's ID changes each time, and a deployment without changes changes nothing.
  expect(idsWith('ApiGatewayDeployment1')).toEqual(idsWith('ApiGatewayDeployment2'));
});

const privateApi = {
  vpcEndpointIds: ['vpce-0123456789abcdef0'],
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};

test('with privateApi, a function keeps its own role and its own VPC', () => {
  const functions = {
    own: { name: 'own', role: 'arn:aws:iam::222222222222:role/own' },
    elsewhere: { name: 'elsewhere', vpc: { subnetIds: ['subnet-own'] } },
    outside: { name: 'outside', vpc: false as const },
  };
  connectToVpc(functions, deploymentWith({ privateApi }).settings, {});
  expect(functions.own).not.toHaveProperty('iamRoleStatements');
  expect(functions.elsewhere.vpc).toEqual({
    subnetIds: ['subnet-own'],
    securityGroupIds: privateApi.securityGroupIds,
  });
  expect(functions.outside).toEqual({ name: 'outside', vpc: false });
});

test('a function that uses tables by a statement of provider may decrypt them, too', () => {
  const orders = { name: 'orders' };
  const statements = [{ Effect: 'Allow', Action: 'dynamodb:Query', Resource: '*' }];
  const { settings } = deploymentWith({ tableKeyId: 'mrk-0123456789abcdef0123456789abcdef' });
  allowTableKey({ orders }, settings, {}, { iam: { role: { statements } } });
  expect(orders).toMatchObject({
    iamRoleStatementsInherit: true,
    iamRoleStatements: [{ Sid: 'DecryptTables' }],
  });
});

test.each([
  ['its own role', { role: 'OwnRole' }, {}, 'functions.caller.role is a role of your own'],
  [
    'the role of provider',
    {},
    { iam: { role: 'arn:aws:iam::222222222222:role/own' } },
    'provider.iam.role is a role',
  ],
  [
    'managed policies of provider',
    {},
    {
      iam: {
        role: { managedPolicies: ['arn:aws:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy'] },
      },
    },
    'functions.caller has the managed policies of provider',
  ],
])(
  'a function that calls the API with %s is refused in our words, before it is packaged',
  (_what, own, provider, message) => {
    const framework = frameworkFor({
      service: {
        functions: { caller: { name: 'shop-dev', calls: ['api'], ...own } },
        provider: { compiledCloudFormationTemplate: { Resources: {} }, ...provider },
      },
    });
    const settings = settingsOfCaller(
      'dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: own-id }',
    );
    const check = () => checkCalls(framework, { service: 'shop', stage: 'dev', settings });
    expect(check).toThrow(message);
    expect(check).toThrow('iamRoleStatements');
  },
);

const byTable = { tableKeyId: 'mrk-0123456789abcdef0123456789abcdef' };
const managed = ['arn:aws:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy'];
const readsTables = [{ Effect: 'Allow', Action: 'dynamodb:Query', Resource: '*' }];

test.each([
  ['privateApi', checkVpcRoles, { privateApi }],
  ['tableKeyId', checkKeyRoles, byTable],
])('no function loses the managed policies of provider to the setting %s', (setting, check, settings) => {
  const losing = (definition: object, given: object = settings) => {
    const functions = { orders: { name: 'orders', ...definition } };
    const framework = frameworkFor({
      service: {
        functions,
        provider: {
          compiledCloudFormationTemplate: { Resources: {} },
          iam: { role: { managedPolicies: managed, statements: readsTables } },
        },
      },
    });
    const before = structuredClone(functions);
    try {
      return () => check(framework, deploymentWith(given));
    } finally {
      expect(functions).toEqual(before);
    }
  };
  expect(losing({})).toThrow(Refusal);
  expect(losing({})).toThrow(
    `functions.orders has the managed policies of provider. With the setting ${setting}, serverless-iam-roles-per-function makes a role for it, which has none of them. Write what it needs`,
  );
  expect(losing({}, {})).not.toThrow();
  for (const own of [{ iamRoleStatements: [] }, { role: 'OwnRole' }]) expect(losing(own)).not.toThrow();
});

test('a function in the VPC of privateApi with a role of its owner’s is named, unless the role allows the VPC', () => {
  const warningFor = (Role: unknown, OwnRole: object, settings: object = { privateApi }) =>
    warnOfVpcRoles(
      {
        Resources: {
          OwnRole: { Type: 'AWS::IAM::Role', Properties: { ...OwnRole } },
          Orders: {
            Type: 'AWS::Lambda::Function',
            Properties: { FunctionName: 'shop-dev-orders', Role, VpcConfig: {} },
          },
        },
      },
      deploymentWith(settings),
    );
  const outside = 'arn:aws:iam::222222222222:role/own';
  expect(warningFor(outside, {})).toContain('connects shop-dev-orders to a VPC with a role of your own');
  expect(warningFor(arnOfRole('OwnRole'), {})).toContain('ec2:CreateNetworkInterface');
  const Statement = [{ Effect: 'Allow', Action: ['ec2:CreateNetworkInterface'], Resource: '*' }];
  const policy = { PolicyDocument: { Statement } };
  expect(warningFor(arnOfRole('OwnRole'), { Policies: [policy] })).toBeUndefined();
  const ManagedPolicyArns = ['arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole'];
  expect(warningFor(arnOfRole('OwnRole'), { ManagedPolicyArns })).toBeUndefined();
  expect(warningFor(outside, {}, {})).toBeUndefined();
});

test.each<[string, string | string[], string | string[]]>([
  ['a text', 'IamRoleLambdaExecution', ROLE],
  ['a list', ['IamRoleLambdaExecution', 'CallerProvConcLambdaAlias'], [ROLE, 'CallerProvConcLambdaAlias']],
])(
  'a mapping that names an alias waits for the function’s own role: DependsOn is %s',
  (_form, written, followed) => {
    const alias = { 'Fn::Join': [':', [{ 'Fn::GetAtt': ['CallerLambdaFunction', 'Arn'] }, 'provisioned']] };
    const template = templateOf(ROLE);
    template.Resources.OfAlias = {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: alias },
      DependsOn: written,
    };
    template.Resources.IamRoleLambdaExecution = role();
    for (const step of [followRoles, removeDefaultRole]) step(template, deploymentWith());
    expect(template.Resources.OfAlias.DependsOn).toEqual(followed);
    expect(template.Resources).not.toHaveProperty('IamRoleLambdaExecution');
  },
);
