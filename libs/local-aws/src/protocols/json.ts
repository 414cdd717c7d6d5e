import { AwsError, notImplemented } from '../core/errors.ts';
import { isObject } from '../core/is-object.ts';
import { parseJson } from '../core/parse-json.ts';
import { type AwsRequest, header } from '../core/request.ts';
import type { Endpoint } from '../pipeline/endpoint.ts';
import { protocolEndpoint, type Service, unsignedParameters } from './endpoint.ts';
import { jsonRefusalCodes } from './refusal.ts';
import { createRestRouter } from './rest-router.ts';

interface JsonService extends Service {
  /** The prefix of `X-Amz-Target`, e.g. `Logs_20140328`. */
  readonly targetPrefix: string;
  readonly version: '1.0' | '1.1';
}

/** An endpoint for AWS JSON 1.0 or 1.1, with `X-Amz-Target` (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html). */
export function jsonEndpoint(service: JsonService): Endpoint {
  const operations = new Map(service.operations.map((operation) => [operation.name, operation]));
  const headers = (request: AwsRequest) => ({
    'content-type': `application/x-amz-json-${service.version}`,
    'x-amzn-requestid': request.requestId,
  });
  return protocolEndpoint({
    signingName: service.signingName,
    operations: service.operations,
    route(request) {
      const target = header(request, 'x-amz-target') ?? '';
      const [prefix, name = ''] = target.split('.', 2);
      if (prefix !== service.targetPrefix || name === '') {
        const message = `The header X-Amz-Target must be ${service.targetPrefix}.<Operation>.`;
        throw new AwsError('UnknownOperationException', message);
      }
      const operation = operations.get(name);
      if (operation === undefined) throw notImplemented(service.signingName, name);
      const bound = operation.bind(
        () => parseJsonBody(request.body),
        (output = {}) => ({
          status: 200,
          headers: headers(request),
          body: JSON.stringify(toJsonValue(output)),
        }),
      );
      return { operation: name, ...bound };
    },
    refusalCodes: jsonRefusalCodes(400),
    fail: (error, request) => ({
      status: error.status,
      headers: { ...headers(request), 'x-amzn-errortype': error.code },
      body: JSON.stringify({ __type: error.code, message: error.message, ...error.details }),
    }),
  });
}

/** Parses a JSON body; an empty one is `{}`. @throws AwsError (`SerializationException`) if it is not a JSON object */
export function parseJsonBody(body: Buffer): Record<string, unknown> {
  const text = body.toString('utf8');
  const value = body.length === 0 ? {} : parseJson(text);
  if (isObject(value)) return text.includes('null') ? withoutNulls(value) : value;
  throw new AwsError('SerializationException', 'The request body must be a JSON object.');
}

/** To AWS, a member that is `null` is absent. Deeper values than any input has stay: recursion must end. */
function withoutNulls<Value>(value: Value, depth = 0): Value {
  if (typeof value !== 'object' || value === null || depth > 50) return value;
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, depth + 1)) as Value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    members.map(([name, member]) => [name, withoutNulls(member, depth + 1)]),
  ) as Value;
}

/** Converts a value as the JSON protocols do: dates to epoch seconds, bytes to Base64. */
export function toJsonValue(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(toJsonValue);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toJsonValue(member)]));
  }
  return value;
}

/**
 * An endpoint for REST-JSON (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html). The input has the path's labels, the
 * query's parameters (repeated ones as lists) and the body's members.
 */
export function restJsonEndpoint(service: Service): Endpoint {
  const findRoute = createRestRouter({
    ...service,
    invalidPath: (path) =>
      new AwsError('BadRequestException', `The path ${path.slice(0, 200)} is not percent-encoded.`),
  });
  const headers = (request: AwsRequest) => ({
    'content-type': 'application/json',
    'x-amzn-requestid': request.requestId,
  });
  return protocolEndpoint({
    ...service,
    route(request) {
      const { operation, http, labels } = findRoute(request, request.rawPath);
      const bound = operation.bind(
        () => ({
          ...(http.rawBody ? {} : parseJsonBody(request.body)),
          ...queryDocument(request.rawQuery),
          ...labels,
        }),
        (output) => ({
          status: http.status,
          headers: headers(request),
          body: output === undefined ? '' : JSON.stringify(toJsonValue(output)),
        }),
      );
      return { operation: operation.name, ...bound };
    },
    refusalCodes: jsonRefusalCodes(403),
    fail: (error, request) => ({
      status: error.status,
      headers: { ...headers(request), 'x-amzn-errortype': error.code },
      body: JSON.stringify({
        Type: error.status < 500 ? 'User' : 'Service',
        // Lambda's documents spell it `Message`, API Gateway's `message`; SDKs read either.
        [service.signingName === 'lambda' ? 'Message' : 'message']: error.message,
        ...error.details,
      }),
    }),
  });
}

function queryDocument(rawQuery: string): Record<string, string | string[]> {
  const document: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of unsignedParameters(rawQuery)) {
    const present = document[name];
    document[name] = present === undefined ? value : [present, value].flat();
  }
  return document;
}
