import { deploymentWith } from '../deployment.testing.ts';
import type { Template } from '../framework.ts';
import { setSecurityPolicy } from './security-policy.ts';

function withPolicy(securityPolicy: string | undefined) {
  const template: Template = {
    Resources: {
      ApiGatewayRestApi: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'api' } },
      CustomDomain: { Type: 'AWS::ApiGateway::DomainName', Properties: { SecurityPolicy: 'TLS_1_2' } },
    },
  };
  setSecurityPolicy(template, deploymentWith({ securityPolicy }));
  return Object.values(template.Resources).map(({ Properties }) => Properties);
}

test('without the setting, a deployed API keeps its TLS versions', () => {
  expect(withPolicy(undefined)).toEqual([{ Name: 'api' }, { SecurityPolicy: 'TLS_1_2' }]);
});

test('an enhanced policy is that of the API and of its domain, and needs the endpoint access mode', () => {
  const tls = { SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09', EndpointAccessMode: 'STRICT' };
  expect(withPolicy('SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09')).toEqual([{ Name: 'api', ...tls }, tls]);
});

test('a legacy policy has no endpoint access mode, and the domain keeps TLS 1.2', () => {
  expect(withPolicy('TLS_1_0')).toEqual([
    { Name: 'api', SecurityPolicy: 'TLS_1_0' },
    { SecurityPolicy: 'TLS_1_2' },
  ]);
});

test('a policy of edge-optimized APIs is refused', () => {
  expect(() => withPolicy('SecurityPolicy_TLS13_2025_EDGE')).toThrow(
    'dev.securityPolicy is "SecurityPolicy_TLS13_2025_EDGE". It must be one of SecurityPolicy_TLS13_1_3_2025_09,',
  );
});
