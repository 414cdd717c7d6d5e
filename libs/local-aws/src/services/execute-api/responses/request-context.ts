import { clientIp, header } from '../../../core/request.ts';
import type { Invocation, RestInvocation } from '../invocation.ts';
import { hostnameOf } from '../routing/router.ts';

/** What API Gateway knows about a request to a REST API: `requestContext` of the proxy event, and the base of the `$context` variables. */
export function restRequestContext(invocation: RestInvocation) {
  const { match, stage, extendedRequestId } = invocation;
  const { id: resourceId = '', path: resourcePath = '' } = match?.resource ?? {};
  return {
    ...requestContext(invocation, { resourceId, resourcePath, extendedRequestId }),
    deploymentId: stage.deploymentId,
  };
}

/** What API Gateway knows about a request, as format 1.0 and access logs have it. */
export function requestContext(
  { request, stage, caller, address }: Invocation,
  {
    resourceId,
    resourcePath,
    extendedRequestId,
  }: { readonly resourceId: string; readonly resourcePath: string; readonly extendedRequestId: string },
) {
  const principal = caller?.principal;
  return {
    resourceId,
    resourcePath,
    httpMethod: request.method,
    extendedRequestId,
    requestTime: commonLogTime(request.receivedAt),
    path: address.fullPath,
    accountId: stage.accountId,
    protocol: 'HTTP/1.1',
    stage: stage.stageName,
    domainPrefix: hostnameOf(request).split('.')[0],
    requestTimeEpoch: request.receivedAt.getTime(),
    requestId: request.requestId,
    identity: {
      cognitoIdentityPoolId: null,
      accountId: principal?.accountId ?? null,
      cognitoIdentityId: null,
      caller: principal?.userId ?? null,
      sourceIp: clientIp(request),
      ...(address.vpcEndpointId !== undefined && { vpceId: address.vpcEndpointId }),
      principalOrgId: caller?.organizationId ?? null,
      accessKey: caller?.accessKeyId ?? null,
      cognitoAuthenticationType: null,
      cognitoAuthenticationProvider: null,
      userArn: principal?.arn ?? null,
      userAgent: header(request, 'user-agent') ?? null,
      user: principal?.userId ?? null,
    },
    domainName: hostnameOf(request),
    apiId: stage.apiId,
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The time in the Common Log Format: `01/Jan/1970:00:00:00 +0000`. */
export function commonLogTime(time: Date): string {
  const iso = time.toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[time.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
