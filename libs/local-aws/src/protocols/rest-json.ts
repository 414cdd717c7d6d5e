import { AwsError, notImplemented } from '../core/errors.ts';
import type { AwsRequest, AwsResponse } from '../core/request.ts';
import type { Endpoint } from '../pipeline/endpoint.ts';
import { parseJsonBody, toJsonValue } from './json.ts';
import type { Operation } from './operation.ts';
import { jsonRefusalCodes, refusalError } from './refusal.ts';

/** What a REST-JSON endpoint is made of. */
export interface RestJsonService {
  readonly signingName: string;
  readonly operations: readonly Operation[];
}

/**
 * An endpoint that speaks REST-JSON (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html). The input
 * document has the path's labels, the query's parameters (strings; repeated ones as lists) and the body's members.
 */
export function restJsonEndpoint(service: RestJsonService): Endpoint {
  const routes = service.operations.map((operation) => {
    if (operation.http === undefined) throw new Error(`The operation ${operation.name} has no path.`);
    return { operation, ...operation.http, match: compileTemplate(operation.http.template) };
  });
  const fail = (error: AwsError, request: AwsRequest): AwsResponse => ({
    status: error.status,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': request.requestId,
      'x-amzn-errortype': error.code,
    },
    body: JSON.stringify({
      ...(error.status < 500 ? { Type: 'User' } : { Type: 'Service' }),
      // Lambda's documents spell it `Message`, API Gateway's `message`; SDKs read either.
      [service.signingName === 'lambda' ? 'Message' : 'message']: error.message,
      ...error.details,
    }),
  });
  return {
    signingName: service.signingName,
    operationNames: service.operations.map(({ name }) => name),
    signatureRules: () => ({
      signingName: service.signingName,
      maxSkewSeconds: 900,
      path: 'normalize-and-double-encode',
      unsignedPayload: false,
    }),
    route(request) {
      for (const route of routes) {
        const labels = route.match(request.method, request.rawPath);
        if (labels === undefined) continue;
        const input = {
          ...(route.rawBody ? {} : parseJsonBody(request.body)),
          ...queryDocument(request.rawQuery),
          ...labels,
        };
        const bound = route.operation.bind(input, (output) => ({
          status: route.status,
          headers: { 'content-type': 'application/json', 'x-amzn-requestid': request.requestId },
          body: output === undefined ? '' : JSON.stringify(toJsonValue(output)),
        }));
        return { operation: route.operation.name, ...bound };
      }
      throw notImplemented(service.signingName, `${request.method} ${request.rawPath}`);
    },
    refuse: (refusal, request) => fail(refusalError(refusal, jsonRefusalCodes(403)), request),
    fail,
  };
}

function queryDocument(rawQuery: string): Record<string, string | string[]> {
  const document: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    const present = document[name];
    document[name] = present === undefined ? value : [present, value].flat();
  }
  return document;
}

/**
 * Compiles `METHOD /path/{Label}/{Rest+}` to a matcher that returns the labels, or `undefined`.
 * @example compileTemplate('GET /restapis/{restApiId}')('GET', '/restapis/abc') // { restApiId: 'abc' }
 */
export function compileTemplate(
  http: string,
): (method: string, rawPath: string) => Record<string, string> | undefined {
  const [method, template = ''] = http.split(' ', 2);
  const pattern = template
    .split('/')
    .map((segment) => {
      const label = /^\{(\w+)(\+?)\}$/.exec(segment);
      if (label === null) return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return label[2] === '+' ? `(?<${label[1]}>.+)` : `(?<${label[1]}>[^/]+)`;
    })
    .join('/');
  const expression = new RegExp(`^${pattern}/?$`);
  return (requestMethod, rawPath) => {
    if (requestMethod !== method) return undefined;
    const match = expression.exec(rawPath);
    if (match === null) return undefined;
    const labels: Record<string, string> = Object.create(null);
    for (const [name, value] of Object.entries(match.groups ?? {})) {
      try {
        labels[name] = decodeURIComponent(value);
      } catch {
        throw new AwsError(
          'BadRequestException',
          `The path ${rawPath.slice(0, 200)} is not percent-encoded.`,
        );
      }
    }
    return labels;
  };
}
