import * as v from 'valibot';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { badRequest } from './errors.ts';

const LEGACY = ['TLS_1_0', 'TLS_1_2'] as const;

/** What local AWS does with each connection: it takes TLS 1.2 and 1.3. */
const AS_HERE = [
  'TLS_1_2',
  'SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09',
  'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
  'SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09',
  'SecurityPolicy_TLS13_1_2_PQ_2025_09',
  'SecurityPolicy_TLS13_1_2_2021_06',
  'SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09',
  'SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09',
] as const;

const REGIONAL = [
  'SecurityPolicy_TLS13_1_3_2025_09',
  'SecurityPolicy_TLS13_1_3_FIPS_2025_09',
  ...AS_HERE.slice(1),
] as const;

const EDGE = [
  'SecurityPolicy_TLS13_2025_EDGE',
  'SecurityPolicy_TLS12_PFS_2025_EDGE',
  'SecurityPolicy_TLS12_2018_EDGE',
] as const;

/**
 * The TLS versions and ciphers of an API or a domain name.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
 */
export const securityPolicy = withoutEffect(
  v.optional(v.picklist([...LEGACY, ...REGIONAL, ...EDGE])),
  "local AWS takes TLS 1.2 and 1.3, with Node's ciphers",
  ...AS_HERE,
);

/** Whether the host of TLS must be that of the request. */
export const endpointAccessMode = withoutEffect(
  v.optional(v.picklist(['BASIC', 'STRICT'])),
  'a request for another host than that of its TLS connection is always refused',
  'STRICT',
);

/** The TLS settings of an API or a domain name. */
export interface TlsSettings {
  readonly securityPolicy: string;
  readonly endpointAccessMode?: string | undefined;
}

/**
 * The TLS settings, with AWS's default for the type of endpoint.
 * @throws AwsError for a policy of another type of endpoint, and for an access mode without an enhanced policy or the other way round
 */
export function tlsSettings(
  of: 'API' | 'domain name',
  endpoint: string,
  policy: string | undefined,
  accessMode: string | undefined,
): TlsSettings {
  const byDefault = of === 'API' && endpoint !== 'PRIVATE' ? 'TLS_1_0' : 'TLS_1_2';
  const chosen = policy ?? byDefault;
  const isEnhanced = chosen.startsWith('SecurityPolicy_');
  if (isEnhanced && chosen.endsWith('_EDGE') !== (endpoint === 'EDGE')) {
    throw badRequest(`The security policy ${chosen} is not for an endpoint of type ${endpoint}.`);
  }
  if (isEnhanced && accessMode === undefined) {
    throw badRequest(`The security policy ${chosen} needs an endpoint access mode: STRICT or BASIC.`);
  }
  if (!isEnhanced && accessMode !== undefined) {
    throw badRequest('An endpoint access mode needs a security policy that begins with SecurityPolicy_.');
  }
  return { securityPolicy: chosen, endpointAccessMode: accessMode };
}
