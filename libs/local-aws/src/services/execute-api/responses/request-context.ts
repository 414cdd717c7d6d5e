import { clientIp, header } from '../../../core/request.ts';
import type { Invocation } from '../invocation.ts';
import { hostnameOf } from '../routing/router.ts';

/** `requestContext` of the proxy event, and the base of the `$context` variables. */
export type RequestContext = ReturnType<typeof requestContext>;

/** What API Gateway knows about a request. */
export function requestContext({ request, stage, match, caller, address, extendedRequestId }: Invocation) {
  const principal = caller?.principal;
  return {
    resourceId: match?.resource.id ?? '',
    resourcePath: match?.resource.path ?? '',
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
    deploymentId: stage.deploymentId,
    apiId: stage.apiId,
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The time in the Common Log Format: `01/Jan/1970:00:00:00 +0000`. */
function commonLogTime(time: Date): string {
  const iso = time.toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[time.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
