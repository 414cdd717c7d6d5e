import { PROBLEM_CONTENT_TYPE, type Problem } from '@cross-account-api/contract';
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { InvalidBody } from './http-error.ts';

/**
 * middy middleware that writes errors as `application/problem+json` (RFC 9457). It goes around
 * `@middy/http-error-handler`, which decides on the status and on whether the message may be shown.
 */
export function problemDocuments(): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> {
  return {
    onError({ event, response, error }) {
      if (response === undefined || response === null) return;
      const { statusCode } = response;
      const problem: Problem = {
        type: 'about:blank',
        title: titles[statusCode] ?? 'Error',
        status: statusCode,
        ...(response.body ? { detail: response.body } : {}),
        requestId: event.requestContext.requestId,
        ...(error instanceof InvalidBody ? { errors: [...error.errors] } : {}),
      };
      response.body = JSON.stringify(problem);
      response.headers = { ...response.headers, 'Content-Type': PROBLEM_CONTENT_TYPE };
    },
  };
}

/**
 * The reason phrases of the statuses that this API answers with. `STATUS_CODES` of node:http has them too, but to load that
 * module takes as long as everything else that a function without a body loads.
 */
const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  409: 'Conflict',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
