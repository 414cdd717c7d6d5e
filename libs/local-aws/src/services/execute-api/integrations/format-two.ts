import { type AwsRequest, clientIp, header } from '../../../core/request.ts';
import type { VerifiedCaller } from '../invocation.ts';
import { commonLogTime } from '../responses/variables.ts';
import { hostnameOf } from '../routing/router.ts';
import { essence } from './headers.ts';
import { bodyOf } from './proxy-event.ts';

/** A header with one of its values. */
export type HeaderPair = readonly [name: string, value: string];

/** What differs between the senders of events of format 2.0. */
interface Facts {
  readonly routeKey: string;
  readonly path: string;
  readonly headers: readonly HeaderPair[];
  readonly accountId: string;
  readonly apiId: string;
  readonly stageName: string;
  /** Present if IAM authorized the caller. */
  readonly caller: VerifiedCaller | undefined;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly stageVariables?: Readonly<Record<string, string>>;
}

/**
 * The event of format 2.0, of HTTP APIs and of function URLs. Omits members for which the request has no value
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
 */
export function formatTwo(request: AwsRequest, body: Buffer, facts: Facts) {
  const { routeKey, path, caller, pathParameters = {}, stageVariables = {} } = facts;
  const { body: text, isBase64Encoded } = bodyOf(body, isBinaryBody(request));
  const cookies = header(request, 'cookie')?.split(/;\s*/);
  const query = new URLSearchParams(request.rawQuery);
  const hostname = hostnameOf(request);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: request.rawQuery,
    ...(cookies !== undefined && { cookies }),
    headers: joined(
      facts.headers
        .map(([name, value]): HeaderPair => [name.toLowerCase(), value])
        .filter(([name]) => name !== 'cookie'),
    ),
    ...(query.size > 0 && { queryStringParameters: joined([...query]) }),
    requestContext: {
      accountId: facts.accountId,
      apiId: facts.apiId,
      ...(caller !== undefined && { authorizer: { iam: identityOf(caller) } }),
      domainName: hostname,
      domainPrefix: hostname.split('.')[0],
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: clientIp(request),
        userAgent: header(request, 'user-agent') ?? '',
      },
      requestId: request.requestId,
      routeKey,
      stage: facts.stageName,
      time: commonLogTime(request.receivedAt),
      timeEpoch: request.receivedAt.getTime(),
    },
    ...(text !== null && { body: text }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    isBase64Encoded,
    ...(Object.keys(stageVariables).length > 0 && { stageVariables }),
  };
}

/** Measured on AWS: only these types reach the function as text. A body without content type does not (https://github.com/ministackorg/ministack/pull/766). */
export function isBinaryBody(request: AwsRequest): boolean {
  const type = essence(header(request, 'content-type') ?? '');
  return !/^(?:text\/.+|application\/(?:json|xml|javascript))$/.test(type);
}

function joined(pairs: readonly HeaderPair[]): Record<string, string> {
  const groups = Map.groupBy(pairs, ([name]) => name);
  return Object.fromEntries(
    [...groups].map(([name, group]) => [name, group.map(([, value]) => value).join(',')]),
  );
}

function identityOf({ principal, accessKeyId, organizationId }: VerifiedCaller) {
  return {
    accessKey: accessKeyId ?? null,
    accountId: principal.accountId,
    callerId: principal.userId,
    cognitoIdentity: null,
    principalOrgId: organizationId ?? null,
    userArn: principal.arn,
    userId: principal.userId,
  };
}
