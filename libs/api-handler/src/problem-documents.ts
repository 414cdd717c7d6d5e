import type { Problem } from '@cross-account-api/contract';
import type { MiddlewareObj } from '@middy/core';
import { HttpError as MiddyError } from '@middy/util';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { HttpError, InvalidRequest } from './http-error.ts';
import { PROBLEM_CONTENT_TYPE } from './problem-content-type.ts';

/**
 * middy middleware that answers an error with a problem document. The client sees an {@link HttpError}, and the messages of middy's
 * middlewares. Any other error is a defect, whatever its status: it may come from another API.
 * @param log is called with each error
 */
export function problemDocuments(
  log: (error: unknown) => void,
): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> {
  return {
    onError(request) {
      const { event, error } = request;
      log(error);
      const status = statusOf(error);
      const problem: Problem = {
        type: 'about:blank',
        title: titles[status] ?? 'Error',
        ...(error instanceof HttpError && error.problem),
        status,
        detail: isForClient(error) ? error.message : 'The API failed. The error is in its logs.',
        requestId: event.requestContext.requestId,
        ...(error instanceof InvalidRequest ? { errors: [...error.errors] } : {}),
      };
      request.response = {
        statusCode: status,
        headers: {
          ...(error instanceof HttpError ? withoutType(error.headers) : {}),
          'Content-Type': PROBLEM_CONTENT_TYPE,
        },
        body: JSON.stringify(problem),
      };
    },
  };
}

/** The body is a problem document, however the headers spell the name of its type. */
function withoutType(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-type$/i.test(name)));
}

/** The status with which an error is answered. */
export function statusOf(error: unknown): number {
  return isForClient(error) ? error.statusCode : 500;
}

function isForClient(error: unknown): error is HttpError | MiddyError {
  return error instanceof HttpError || error instanceof MiddyError;
}

/**
 * The reason phrases of the statuses that an API may answer with. `STATUS_CODES` of node:http has them too, but loading that
 * module takes as long as everything else that a function without a body loads.
 */
const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  423: 'Locked',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
