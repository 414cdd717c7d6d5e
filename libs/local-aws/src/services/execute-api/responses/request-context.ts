import type { Principal } from '../../../core/principal.ts';
import { header } from '../../../core/request.ts';
import { clientIp } from '../integrations/request-headers.ts';
import type { Caller, Invocation } from '../invocation.ts';

/** `requestContext.identity`, and `$context.identity`. */
export interface IdentityContext {
  readonly cognitoIdentityPoolId: null;
  readonly accountId: string | null;
  readonly cognitoIdentityId: null;
  readonly caller: string | null;
  readonly sourceIp: string;
  readonly principalOrgId: string | null;
  readonly accessKey: string | null;
  readonly cognitoAuthenticationType: null;
  readonly cognitoAuthenticationProvider: null;
  readonly userArn: string | null;
  readonly userAgent: string | null;
  readonly user: string | null;
}

/** `requestContext` of the proxy event, and the base of the `$context` variables. */
export interface RequestContext {
  readonly resourceId: string;
  readonly resourcePath: string;
  readonly httpMethod: string;
  readonly extendedRequestId: string;
  readonly requestTime: string;
  readonly path: string;
  readonly accountId: string;
  readonly protocol: string;
  readonly stage: string;
  readonly domainPrefix: string;
  readonly requestTimeEpoch: number;
  readonly requestId: string;
  readonly identity: IdentityContext;
  readonly domainName: string;
  readonly deploymentId: string;
  readonly apiId: string;
}

/**
 * What API Gateway vouches for about a request.
 * @param organizationOf the organization of an account, where it is in one
 */
export function requestContext(
  invocation: Invocation,
  organizationOf: (accountId: string) => string | undefined,
): RequestContext {
  const { request, stage, match } = invocation;
  const domainName = request.host.toLowerCase().replace(/:\d+$/, '');
  return {
    resourceId: match?.resource.id ?? '',
    resourcePath: match?.resource.path ?? '',
    httpMethod: request.method,
    extendedRequestId: invocation.extendedRequestId,
    requestTime: commonLogTime(request.receivedAt),
    path: invocation.address.fullPath,
    accountId: stage.accountId,
    protocol: 'HTTP/1.1',
    stage: stage.stageName,
    domainPrefix: stage.apiId,
    requestTimeEpoch: request.receivedAt.getTime(),
    requestId: request.requestId,
    identity: {
      ...identityContext(invocation.caller, organizationOf),
      sourceIp: clientIp(request.sourceIp),
      userAgent: header(request, 'user-agent') ?? null,
    },
    domainName,
    deploymentId: stage.deploymentId,
    apiId: stage.apiId,
  };
}

function identityContext(
  caller: Caller | undefined,
  organizationOf: (accountId: string) => string | undefined,
): Omit<IdentityContext, 'sourceIp' | 'userAgent'> {
  const principal: Principal | undefined = caller?.principal;
  return {
    cognitoIdentityPoolId: null,
    accountId: principal?.accountId ?? null,
    cognitoIdentityId: null,
    caller: principal?.userId ?? null,
    principalOrgId: principal === undefined ? null : (organizationOf(principal.accountId) ?? null),
    accessKey: caller?.accessKeyId ?? null,
    cognitoAuthenticationType: null,
    cognitoAuthenticationProvider: null,
    userArn: principal?.arn ?? null,
    user: principal?.userId ?? null,
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * The time in the Common Log Format.
 * @example commonLogTime(new Date(0)) // '01/Jan/1970:00:00:00 +0000'
 */
function commonLogTime(time: Date): string {
  const iso = time.toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[time.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
