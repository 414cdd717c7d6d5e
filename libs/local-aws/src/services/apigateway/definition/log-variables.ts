import { words } from '../../../core/words.ts';

/**
 * The variables of access logs of HTTP APIs, without those of authorizers
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html). AWS takes `resourcePath`, too.
 */
const ofHttpApis: ReadonlySet<string> = new Set(
  words(`
    accountId apiId awsEndpointRequestId awsEndpointRequestId2 customDomain.basePathMatched
    dataProcessed domainName domainPrefix error.message error.messageString error.responseType
    extendedRequestId httpMethod identity.accountId identity.caller identity.clientCert.clientCertPem
    identity.clientCert.issuerDN identity.clientCert.serialNumber identity.clientCert.subjectDN
    identity.clientCert.validity.notAfter identity.clientCert.validity.notBefore
    identity.cognitoAuthenticationProvider identity.cognitoAuthenticationType identity.cognitoIdentityId
    identity.cognitoIdentityPoolId identity.principalOrgId identity.sourceIp identity.user
    identity.userAgent identity.userArn integration.error integration.integrationStatus
    integration.latency integration.requestId integration.status integrationErrorMessage
    integrationLatency integrationStatus path protocol requestId requestTime requestTimeEpoch
    resourcePath responseLatency responseLength routeKey stage status
  `),
);

/**
 * The variables in a format of access logs that an HTTP API refuses, such as `$context.identity.apiKey`. A REST API takes any variable,
 * and logs `-` for one that it does not know.
 */
export function unsupportedLogVariables(format: string): string[] {
  const names = [...format.matchAll(/\$\{?context\.([\w.-]*\w)/g)].map(([, name = '']) => name);
  return names
    .filter((name) => !ofHttpApis.has(name) && !/^authorizer\../.test(name))
    .map((name) => `$context.${name}`);
}
