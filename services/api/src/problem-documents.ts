import { STATUS_CODES } from 'node:http';
import { PROBLEM_CONTENT_TYPE, type Problem } from '@cross-account-api/contract';
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';

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
        title: STATUS_CODES[statusCode] ?? 'Error',
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

/** The request's body breaks its schema; the problem document lists where. */
export class InvalidBody extends Error {
  override readonly name = 'InvalidBody';
  /** Read by `@middy/http-error-handler`. */
  readonly statusCode = 400;
  readonly errors: NonNullable<Problem['errors']>;

  /** @param errors dotted path into the body (empty: the body itself) and the rule that it breaks */
  constructor(errors: NonNullable<Problem['errors']>) {
    const lines = errors.map(({ path, message }) => `${path === '' ? 'the body' : path}: ${message}`);
    super(`The body is not what this route takes: ${lines.join('; ')}`);
    this.errors = errors;
  }
}
