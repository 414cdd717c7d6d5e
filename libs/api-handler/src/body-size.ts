import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { HttpError } from './http-error.ts';

/** The limit of a body, unless the option `maxBodyBytes` is another. Parsing and validating it can take 120 MB (`{},{},…`). */
const MAX_BYTES = 2 ** 20;

/**
 * middy middleware that answers 413 if the body is too large. It goes before everything that reads the body.
 * @param maxBytes the limit after decoding, in bytes
 * @throws RangeError if the limit is not a whole number from 1
 */
export function limitSize(maxBytes = MAX_BYTES): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> {
  if (!Number.isInteger(maxBytes) || maxBytes < 1) {
    throw new RangeError(`maxBodyBytes must be a whole number from 1, not ${maxBytes}`);
  }
  return {
    before({ event: { body, isBase64Encoded } }) {
      const bytes = Buffer.byteLength(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
      if (bytes <= maxBytes) return;
      throw new HttpError(
        413,
        `The body has ${bytes} bytes. It must have at most ${maxBytes} (the handler's maxBodyBytes).`,
      );
    },
  };
}
