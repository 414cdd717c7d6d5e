import { notImplemented } from '../core/errors.ts';
import type { AwsRequest } from '../core/request.ts';
import type { Endpoint } from '../pipeline/endpoint.ts';
import { awsOperationName, queryMarkers } from './aws-operation-name.ts';
import { protocolEndpoint, unsignedParameters } from './endpoint.ts';
import { parseJsonBody, toJsonValue } from './json.ts';
import type { Operation } from './operation.ts';
import { compileTemplate } from './path-template.ts';
import { jsonRefusalCodes } from './refusal.ts';

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
  const headers = (request: AwsRequest) => ({
    'content-type': 'application/json',
    'x-amzn-requestid': request.requestId,
  });
  return protocolEndpoint({
    signingName: service.signingName,
    operations: service.operations,
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
          headers: headers(request),
          body: output === undefined ? '' : JSON.stringify(toJsonValue(output)),
        }));
        return { operation: route.operation.name, ...bound };
      }
      const { method, rawPath, rawQuery } = request;
      const name = awsOperationName(
        service.signingName,
        method,
        rawPath,
        queryMarkers(new URLSearchParams(rawQuery)),
      );
      throw notImplemented(service.signingName, name ?? `${method} ${rawPath}`);
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
