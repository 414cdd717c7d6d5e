import { deploymentWith, invokeRole } from '../deployment.testing.ts';
import type { Template } from '../framework.ts';
import { Refusal } from '../mistake.ts';
import { makePrivate } from './private-api.ts';
import { applyAccessMode } from './resource-policy.ts';

const shut = {
  Sid: 'ShutOut',
  Effect: 'Deny',
  Principal: '*',
  Action: 'execute-api:Invoke',
  Resource: 'execute-api:/*',
  Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
};
const privateApi = {
  vpcEndpointIds: ['vpce-0123456789abcdef0'],
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};
const byPolicy = { accessMode: 'resource-policy' };

/** The resource policy of an API after the steps, for the one that its owner wrote. */
function policyAfter(own: unknown, settings: object) {
  const template: Template = {
    Resources: {
      ApiGatewayRestApi: { Type: 'AWS::ApiGateway::RestApi', Properties: { Policy: structuredClone(own) } },
      InvokeRole: invokeRole('GET/sender'),
    },
    Outputs: {},
  };
  for (const step of [applyAccessMode, makePrivate]) step(template, deploymentWith(settings));
  return template.Resources.ApiGatewayRestApi?.Properties.Policy as { Version?: string; Statement: object[] };
}

const isStaging = { 'Fn::If': ['IsStaging', shut, { Ref: 'AWS::NoValue' }] };

test.each([
  ['a list', { Version: '2008-10-17', Statement: [shut] }, shut],
  ['one statement', { Version: '2008-10-17', Statement: shut }, shut],
  ['a list with Fn::If in it', { Version: '2008-10-17', Statement: [isStaging] }, isStaging],
])('what the API’s own resource policy denies stays denied, if it is %s', (_form, own, first) => {
  for (const [settings, sids] of [
    [byPolicy, ['Caller']],
    [{ privateApi }, ['InvokeRole', 'OnlyThroughVpcEndpoints']],
    [{ ...byPolicy, privateApi }, ['Caller', 'OnlyThroughVpcEndpoints']],
  ] as const) {
    expect(policyAfter(own, settings)).toEqual({
      Version: '2008-10-17',
      Statement: [first, ...sids.map((Sid) => expect.objectContaining({ Sid }))],
    });
  }
});

const branches = { 'Fn::If': ['IsStaging', { Version: '2012-10-17', Statement: [shut] }, ''] };

test.each([
  ['Fn::If in the place of the policy', branches, 'Properties.Policy is Fn::If'],
  ['a text', JSON.stringify({ Statement: [shut] }), 'Properties.Policy is a text'],
  [
    'Fn::If in the place of the statements',
    { Statement: { 'Fn::If': ['IsStaging', [shut], []] } },
    'Properties.Policy.Statement is Fn::If',
  ],
  [
    'the name of a statement of ours',
    { Statement: [{ ...shut, Sid: 'Caller' }] },
    'Properties.Policy.Statement.0 has the Sid Caller',
  ],
])('a policy that cannot be merged is refused, with its place and a remedy: %s', (_form, own, place) => {
  const merge = () => policyAfter(own, byPolicy);
  expect(merge).toThrow(Refusal);
  expect(merge).toThrow(`Resources.ApiGatewayRestApi.${place}`);
  expect(merge).toThrow('setting accessMode');
  // The API's policy is the owner's as long as no setting adds to it.
  expect(policyAfter(own, {})).toEqual(own);
});

test('what an owner calls InvokeRole…, too, is no invoke role: it stays', () => {
  const Resources = {
    ApiGatewayRestApi: { Type: 'AWS::ApiGateway::RestApi', Properties: {} },
    InvokeRole: invokeRole('GET/sender'),
    InvokeRolePolicy: { Type: 'AWS::IAM::ManagedPolicy', Properties: { ManagedPolicyName: 'own' } },
  };
  applyAccessMode({ Resources }, deploymentWith(byPolicy));
  expect(Object.keys(Resources)).toEqual(['ApiGatewayRestApi', 'InvokeRolePolicy']);
});
