import type { TemplateStep } from '../deployment.ts';

/**
 * Gives the API and its custom domain the security policy of the setting `securityPolicy`. Without it, they keep what they have: a new
 * policy takes AWS about 15 minutes, in which the API answers.
 */
export const setSecurityPolicy: TemplateStep = ({ Resources }, { settings: { securityPolicy } }) => {
  if (securityPolicy === undefined) return;
  // STRICT: the host of TLS must be that of the request. AWS recommends it.
  const isEnhanced = securityPolicy.startsWith('SecurityPolicy_');
  const tls = { SecurityPolicy: securityPolicy, ...(isEnhanced && { EndpointAccessMode: 'STRICT' }) };
  Object.assign(Resources.ApiGatewayRestApi?.Properties ?? {}, tls);
  // A regional domain takes TLS 1.2 at least, also beside an API with TLS_1_0.
  if (isEnhanced) Object.assign(Resources.CustomDomain?.Properties ?? {}, tls);
};
