import { partitionOf } from '@cross-account-api/iam';
import { scopeOf } from '../authentication/read-signature.ts';
import { endpointName } from '../core/aws-domains.ts';
import { AwsError, notImplemented } from '../core/errors.ts';
import { type AwsRequest, header } from '../core/request.ts';
import type { Endpoint } from '../pipeline/endpoint.ts';
import { protocolEndpoint } from '../protocols/endpoint.ts';
import { toXml } from '../protocols/query.ts';
import { jsonRefusalCodes } from '../protocols/refusal.ts';

/** The signing names of services whose hosts use another name. `lambda-url` is in the URLs of functions, `queue` is in SQS's older hosts, which boto3 still uses. */
const signingNames: ReadonlyMap<string, string> = new Map([
  ['lambda-url', 'lambda'],
  ['monitoring', 'cloudwatch'],
  ['queue', 'sqs'],
]);

/**
 * Makes the function that finds a request's endpoint: by its host or, at local AWS's address, by its credential scope or unsigned
 * operation. Services with the same signing name differ by path. A service that local AWS lacks gets an endpoint that says so.
 */
export function createEndpointSelector(endpoints: readonly Endpoint[]): (request: AwsRequest) => Endpoint {
  const byName = Map.groupBy(endpoints, ({ signingName }) => signingName);
  const operations = new Set(
    endpoints.flatMap((endpoint) => endpoint.operations ?? []).map(({ name }) => name),
  );
  return (request) => {
    const hostname = request.host.toLowerCase().replace(/:\d+$/, '');
    const owner = endpoints.find((endpoint) => endpoint.answersFor?.(hostname));
    if (owner !== undefined) return owner;
    const name =
      serviceOfHost(request.host) ??
      scopeOf(request)?.service ??
      oldSigner(request) ??
      unsignedService(request, operations);
    if (name === undefined) return unaddressed;
    const named = byName.get(name) ?? [];
    return (
      named.find(({ pathPrefix }) => pathPrefix !== undefined && request.rawPath.startsWith(pathPrefix)) ??
      named.find(({ pathPrefix }) => pathPrefix === undefined) ??
      absentService(name)
    );
  };
}

/** The service that a host of AWS belongs to. @example serviceOfHost('abc123.execute-api.eu-west-1.amazonaws.com') // 'execute-api' */
export function serviceOfHost(host: string): string | undefined {
  const labels = endpointName(host)?.split('.');
  if (labels === undefined) return undefined;
  if (labels.includes('execute-api')) return 'execute-api';
  if (labels.some((label) => /^s3(-|$)/.test(label))) return 's3';
  const region = labels.at(-1) ?? '';
  const label = (partitionOf(region) !== undefined ? labels.at(-2) : region) ?? '';
  return signingNames.get(label) ?? label;
}

/** Signature version 2 does not name the service. Only clients of S3 still use it; S3 answers that it is not supported. */
function oldSigner({ rawQuery, headers }: AwsRequest): 's3' | undefined {
  const inQuery = /(^|&)AWSAccessKeyId=/.test(rawQuery) && /(^|&)Expires=/.test(rawQuery);
  return inQuery || /^AWS [^ ]+:/.test(header({ headers }, 'authorization') ?? '') ? 's3' : undefined;
}

/** The services whose operations need no signature, by the prefix of their targets. */
const unsignedTargets: ReadonlyMap<string, string> = new Map([
  ['AWSCognitoIdentityProviderService', 'cognito-idp'],
  ['AWSCognitoIdentityService', 'cognito-identity'],
]);

/**
 * The service of an unsigned request, if its operation needs no signature or local AWS lacks the operation.
 * @param operations the operations that local AWS has
 */
function unsignedService(request: AwsRequest, operations: ReadonlySet<string>): string | undefined {
  const { target, action } = namedOperation(request);
  if (action !== undefined && /^AssumeRoleWith/.test(action)) return 'sts';
  const [prefix = ''] = target?.split('.') ?? [];
  const name = target?.split('.').at(-1) ?? action;
  if (name === undefined || operations.has(name)) return undefined;
  return unsignedTargets.get(prefix) ?? (prefix === '' ? 'AWS' : prefix);
}

/** Answers requests at local AWS's address that do not name a service. */
const unaddressed: Endpoint = withoutRoutes('-', () => {
  throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
});

function absentService(name: string): Endpoint {
  return withoutRoutes(name, (request) => {
    const operation = requestedOperation(request);
    const { code, message, status } = notImplemented(name, operation);
    const advice = `${message.replace(/\.$/, '')}, and how to go on with a stand-in.`;
    throw Object.assign(new AwsError(code, advice, status), { unmatched: { operation } });
  });
}

function withoutRoutes(signingName: string, route: (request: AwsRequest) => never): Endpoint {
  return protocolEndpoint({
    signingName,
    route,
    refusalCodes: jsonRefusalCodes(403),
    fail({ code: Code, message: Message, status }, request) {
      // Clients of the query protocols read nothing but XML.
      const isQuery = /^application\/x-www-form-urlencoded/i.test(header(request, 'content-type') ?? '');
      return {
        status,
        headers: {
          'content-type': isQuery ? 'text/xml' : 'application/json',
          'x-amzn-requestid': request.requestId,
          'x-amzn-errortype': Code,
        },
        body: isQuery
          ? toXml({ ErrorResponse: { Error: { Code, Message }, RequestId: request.requestId } })
          : JSON.stringify({ __type: Code, message: Message }),
      };
    },
  });
}

/** The operation's name in the request's protocol, or method and path. */
function requestedOperation(request: AwsRequest): string {
  const { target, action } = namedOperation(request);
  return target?.split('.').at(-1) ?? action ?? `${request.method} ${request.rawPath}`;
}

/** The operation in a request of a JSON or a query protocol. */
function namedOperation(request: AwsRequest) {
  const parameters = `${request.rawQuery}&${request.body.subarray(0, 4096).toString('latin1')}`;
  return {
    target: header(request, 'x-amz-target'),
    action: /(?:^|&)Action=(\w{1,100})/.exec(parameters)?.[1],
  };
}
