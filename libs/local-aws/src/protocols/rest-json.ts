import { AwsError } from '../core/errors.ts';
import type { AwsRequest } from '../core/request.ts';
import type { Endpoint } from '../pipeline/endpoint.ts';
import { protocolEndpoint, type Service, unsignedParameters } from './endpoint.ts';
import { parseJsonBody, toJsonValue } from './json.ts';
import { jsonRefusalCodes } from './refusal.ts';
import { createRestRouter } from './rest-router.ts';

/** REST-JSON (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html). The input has labels, parameters and the body's members. */
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
