import { SecurityPolicy } from '@aws-sdk/client-api-gateway';
import * as v from 'valibot';
import { securityPolicy, tlsSettings } from './security-policies.ts';

test('each security policy of AWS’s SDK is taken', () => {
  for (const policy of Object.values(SecurityPolicy)) expect(v.is(securityPolicy, policy)).toBe(true);
  expect(v.is(securityPolicy, 'TLS_1_1')).toBe(false);
});

test.each([
  ['REGIONAL', 'TLS_1_0'],
  ['EDGE', 'TLS_1_0'],
  ['PRIVATE', 'TLS_1_2'],
])('an API of type %s has %s by default, and a domain name TLS_1_2', (endpoint, policy) => {
  expect(tlsSettings('API', endpoint, undefined, undefined).securityPolicy).toBe(policy);
  expect(tlsSettings('domain name', 'REGIONAL', undefined, undefined).securityPolicy).toBe('TLS_1_2');
});

test('an enhanced policy needs an endpoint access mode, and only such a policy takes one', () => {
  const enhanced = 'SecurityPolicy_TLS13_1_3_2025_09';
  expect(tlsSettings('API', 'REGIONAL', enhanced, 'BASIC')).toEqual({
    securityPolicy: enhanced,
    endpointAccessMode: 'BASIC',
  });
  expect(() => tlsSettings('API', 'REGIONAL', enhanced, undefined)).toThrow('needs an endpoint access mode');
  expect(() => tlsSettings('API', 'REGIONAL', 'TLS_1_2', 'STRICT')).toThrow('needs a security policy');
});

test('a policy of edge-optimized APIs is for these only, and no other is', () => {
  expect(() => tlsSettings('API', 'REGIONAL', 'SecurityPolicy_TLS13_2025_EDGE', 'STRICT')).toThrow(
    'is not for an endpoint of type REGIONAL',
  );
  expect(() => tlsSettings('API', 'EDGE', 'SecurityPolicy_TLS13_1_3_2025_09', 'STRICT')).toThrow(
    'is not for an endpoint of type EDGE',
  );
});
