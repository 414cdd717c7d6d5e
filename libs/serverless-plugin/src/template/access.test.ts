import { deploymentWith, invokeRole } from '../deployment.testing.ts';
import type { Resource, Template } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { addInvokeRoles } from './callers.ts';
import { addCustomDomain } from './custom-domain.ts';
import { connectToVpc, makePrivate, removeManagedVpcPolicy } from './private-api.ts';
import { applyAccessMode } from './resource-policy.ts';

const billing = {
  accountId: '333333333333',
  roleName: 'team/billing',
  externalId: 'billing-id',
  routes: ['GET /orders/{id}'],
};
const privateApi = {
  vpcEndpointIds: ['vpce-0123456789abcdef0'],
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};

/** As serverless-iam-roles-per-function attaches it. */
const managedVpcPolicy = {
  'Fn::Join': [
    '',
    ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole'],
  ],
};

function apiTemplate(): Template & { readonly api: Resource } {
  const api: Resource = { Type: 'AWS::ApiGateway::RestApi', Properties: { Policy: '' } };
  return {
    api,
    Resources: { ApiGatewayRestApi: api, InvokeRole: invokeRole('POST/parcels', 'GET/sender') },
    Outputs: { ApiUrl: { Value: 'https://aws' }, InvokeRoleArn: { Value: 'arn' } },
  };
}

test('a further caller gets an invoke role, and an output with its ARN, for its routes only', () => {
  const template = apiTemplate();
  addInvokeRoles(template, deploymentWith({ callers: { 'billing-2': billing } }));
  expect(template.Outputs?.InvokeRoleBillingDash2Arn).toMatchObject({
    Value: { 'Fn::GetAtt': ['InvokeRoleBillingDash2', 'Arn'] },
  });
  const role = JSON.stringify(template.Resources.InvokeRoleBillingDash2);
  expect(role).toContain('"StringEquals":{"sts:ExternalId":["billing-id"]}');
  expect(role).toContain(':role/team/billing');
  // Any value of a path parameter.
  expect(role.match(/ApiGatewayRestApi\}[^"]*/g)).toEqual(['ApiGatewayRestApi}/dev/GET/orders/*']);
});

test('in access mode assume-role, nothing changes', () => {
  const template = apiTemplate();
  applyAccessMode(template, deploymentWith());
  expect(template).toEqual(apiTemplate());
});

test('in access mode resource-policy, statements replace the invoke roles: the same conditions without the external ID', () => {
  const template = apiTemplate();
  applyAccessMode(template, deploymentWith({ accessMode: 'resource-policy' }));
  expect(template.api.Properties.Policy).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Caller',
        Effect: 'Allow',
        Principal: { AWS: 'arn:caller-account' },
        Action: 'execute-api:Invoke',
        Resource: ['execute-api:/dev/POST/parcels', 'execute-api:/dev/GET/sender'],
        Condition: { ArnEquals: { 'aws:PrincipalArn': ['arn:caller-role'] } },
      },
    ],
  });
  expect(Object.keys(template.Resources)).toEqual(['ApiGatewayRestApi']);
  expect(Object.keys(template.Outputs ?? {})).toEqual(['ApiUrl']);
});

test('while the access mode is changed, callers get in both ways', () => {
  const template = apiTemplate();
  applyAccessMode(
    template,
    deploymentWith({ accessMode: 'resource-policy', previousAccessMode: 'assume-role' }),
  );
  expect(template.api.Properties.Policy).toMatchObject({ Statement: [{ Sid: 'Caller' }] });
  expect(template.Resources).toHaveProperty('InvokeRole');
});

test.each([
  ['a second statement', { Action: 'execute-api:Invoke', Resource: [] }],
  ['rights to something else', { Action: 's3:GetObject', Resource: [{ 'Fn::Sub': 'arn:aws:s3:::b/*' }] }],
])('an invoke role with %s is refused: no statement can be made of it', (_what, statement) => {
  const role = invokeRole('GET/sender');
  role.Properties.Policies[0]?.PolicyDocument.Statement.push(statement);
  const template = { ...apiTemplate(), Resources: { ...apiTemplate().Resources, InvokeRole: role } };
  const apply = () => applyAccessMode(template, deploymentWith({ accessMode: 'resource-policy' }));
  expect(apply).toThrow(Mistake);
  expect(apply).toThrow('The role InvokeRole is not built like InvokeRole in services/api/serverless.yml');
});

test('a private API answers through its VPC endpoints only, to the callers that each access mode admits', () => {
  const sids = (settings: object) => {
    const template = apiTemplate();
    const deployment = deploymentWith({ privateApi, ...settings });
    for (const step of [applyAccessMode, makePrivate]) step(template, deployment);
    expect(template.api.Properties.EndpointConfiguration).toEqual({
      Types: ['PRIVATE'],
      VpcEndpointIds: privateApi.vpcEndpointIds,
    });
    expect(JSON.stringify(template.Outputs?.ApiUrl)).toContain('ApiGatewayRestApi}-vpce-0123456789abcdef0.');
    const { Statement } = template.api.Properties.Policy as { Statement: { Sid: string; Effect: string }[] };
    return Statement.map(({ Sid, Effect }) => `${Effect} ${Sid}`);
  };
  expect(sids({})).toEqual(['Allow InvokeRole', 'Deny OnlyThroughVpcEndpoints']);
  expect(sids({ accessMode: 'resource-policy' })).toEqual(['Allow Caller', 'Deny OnlyThroughVpcEndpoints']);
});

test('the caller of a private API runs in the VPC. Lambda may connect it, and its own code may not', () => {
  const caller = { name: 'caller-dev', iamRoleStatements: [{ Sid: 'Own' }] };
  connectToVpc({ caller }, deploymentWith({ privateApi }).settings, {});
  expect(caller).toMatchObject({
    vpc: { subnetIds: privateApi.subnetIds, securityGroupIds: privateApi.securityGroupIds },
    iamRoleStatements: [
      { Sid: 'Own' },
      { Sid: 'ConnectToVpc', Effect: 'Allow' },
      { Sid: 'OnlyLambdaItself', Effect: 'Deny' },
    ],
  });
  const role = (...own: unknown[]) => ({
    Type: 'AWS::IAM::Role',
    Properties: { ManagedPolicyArns: [managedVpcPolicy, ...own] },
  });
  const own = 'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess';
  const Resources = {
    CallerLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: {} },
    CallerIamRoleLambdaExecution: role(own),
    // Of an owner, such as the role of a state machine.
    OwnRole: role(own),
  };
  removeManagedVpcPolicy({ Resources }, deploymentWith({ privateApi }));
  expect(Resources.CallerIamRoleLambdaExecution.Properties).toEqual({ ManagedPolicyArns: [own] });
  expect(Resources.OwnRole).toEqual(role(own));
});

test('a custom domain points to the stage, has a DNS record if there is a hosted zone, and is the URL of the API', () => {
  const template = apiTemplate();
  const customDomain = {
    name: 'api.example.com',
    certificateArn: 'arn:aws:acm:eu-central-1:111111111111:certificate/1',
    basePath: 'exchange',
  };
  addCustomDomain(template, deploymentWith({ customDomain }));
  expect(template.Outputs?.ApiUrl?.Value).toBe('https://api.example.com/exchange');
  expect(Object.keys(template.Resources)).toEqual(
    expect.arrayContaining(['CustomDomain', 'CustomDomainMapping']),
  );
  expect(template.Resources).not.toHaveProperty('CustomDomainRecord');

  addCustomDomain(
    template,
    deploymentWith({ customDomain: { ...customDomain, hostedZoneId: 'Z0123456789' } }),
  );
  expect(template.Resources.CustomDomainRecord?.Properties).toMatchObject({
    HostedZoneId: 'Z0123456789',
    Name: 'api.example.com',
  });
});

test('without these settings, nothing changes', () => {
  const template = apiTemplate();
  for (const step of [addInvokeRoles, makePrivate, addCustomDomain, removeManagedVpcPolicy]) {
    step(template, deploymentWith());
  }
  expect(template).toEqual(apiTemplate());
});
