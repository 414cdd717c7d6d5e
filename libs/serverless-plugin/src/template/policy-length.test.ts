import type { Resource } from '../framework.ts';
import { projectWith } from '../project.testing.ts';
import { readStageSettings } from '../settings/read.ts';
import { addInvokeRoles } from './callers.ts';
import { policyLength, warnOfLongPolicy, warnOfLongTrustPolicies } from './policy-length.ts';
import { makePrivate } from './private-api.ts';
import { applyAccessMode } from './resource-policy.ts';

/** Packages the api service with further callers. @returns the resource policy, and the warning */
function packaged(further: number, extra: object = {}) {
  const callers = Object.fromEntries(
    Array.from({ length: further }, (_, index) => [
      `team-${index}`,
      {
        accountId: `2${String(index).padStart(11, '0')}`,
        roleName: `team-${index}-caller`,
        externalId: `team-${index}-id`,
        routes: ['POST /parcels', 'GET /sender'],
      },
    ]),
  );
  const stage = {
    region: 'eu-central-1',
    apiAccountId: '111111111111',
    callerAccountId: '222222222222',
    externalId: '0123456789abcdef',
  };
  const settings = readStageSettings(
    'dev',
    projectWith(JSON.stringify({ dev: { ...stage, accessMode: 'resource-policy', callers, ...extra } })),
  );
  const deployment = { service: 'depot', stage: 'dev', settings };
  const api: Resource = { Type: 'AWS::ApiGateway::RestApi', Properties: {} };
  const template = { Resources: { ApiGatewayRestApi: api } };
  for (const step of [addInvokeRoles, applyAccessMode, makePrivate]) step(template, deployment);
  return { policy: api.Properties.Policy, warning: warnOfLongPolicy(template, deployment) };
}

test('a resource policy that AWS takes is deployed without a warning', () => {
  const { policy, warning } = packaged(15);
  expect(policyLength(policy)).toBeLessThan(8_192);
  expect(warning).toBeUndefined();
});

test('a resource policy with too many callers is named before AWS refuses it, with what to do', () => {
  expect(packaged(30).warning).toMatch(
    /^The API's resource policy has \d{4} characters, because it names 31 callers\. AWS takes 8192 by default.* Set accessMode: assume-role.*L-8B81B02C/,
  );
});

test('the access mode assume-role has no such limit', () => {
  expect(packaged(30, { accessMode: 'assume-role' })).toEqual({ policy: undefined, warning: undefined });
});

test('the policy of a private API names its callers in each access mode', () => {
  const privateApi = {
    vpcEndpointIds: ['vpce-0123456789abcdef0'],
    subnetIds: ['subnet-0123456789abcdef0'],
    securityGroupIds: ['sg-0123456789abcdef0'],
  };
  const { warning } = packaged(30, { accessMode: 'assume-role', privateApi });
  expect(warning).toContain('Deploy some of the callers to a separate stage');
});

test('the length is that of the policy as AWS gets it: with values, without spaces', () => {
  const policy = { AWS: { 'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:root` } };
  expect(policyLength(policy)).toBe('{"AWS":"arn:aws:iam::123456789012:root"}'.length);
  expect(policyLength('')).toBe(0);
});

test('a trust policy that is longer than IAM accepts by default gets a warning with the role, and what to do', () => {
  const role = (externalId: string) => ({
    Type: 'AWS::IAM::Role',
    Properties: { AssumeRolePolicyDocument: { Statement: [{ Condition: externalId }] } },
  });
  const around = JSON.stringify(role('').Properties.AssumeRolePolicyDocument).length;
  const warned = (length: number) =>
    warnOfLongTrustPolicies({ Resources: { InvokeRole: role('x'.repeat(length - around)) } });
  expect(warned(2_048)).toBeUndefined();
  expect(warned(2_049)).toMatch(
    /^The trust policy of InvokeRole has 2049 characters\. IAM accepts 2048 by default.* Shorten the external IDs.* or ask AWS to raise/,
  );
});
