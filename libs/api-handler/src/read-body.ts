import type { MiddlewareObj } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import { decodeBody } from '@middy/util';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import * as v from 'valibot';
import { HttpError } from './http-error.ts';
import { refuseInexactIntegers } from './large-numbers.ts';
import { essence, isJson } from './media-type.ts';
import { limitNesting } from './nesting.ts';
import type { Schema } from './operation.ts';
import { requestHeader } from './request-header.ts';

type ApiMiddleware = MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult>;

/**
 * middy middlewares that read the body of a request: JSON, or the text of another media type. A body that is not there is `undefined`
 * if the schema accepts that, such as `v.optional(…)`.
 */
export function readBody(schema: Schema, mediaType = 'application/json'): ApiMiddleware[] {
  if (!isJson(mediaType)) return [readText(mediaType)];
  // The parser looks for two spellings of the header's name only, and clients send others.
  const parse = httpJsonBodyParser({ disableContentTypeCheck: true }) as ApiMiddleware;
  const json = [demandJson(), limitNesting(), refuseInexactIntegers(), parse];
  if (!v.is(schema, undefined)) return json;
  return json.map(({ before }) => ({
    before(request) {
      const { event } = request;
      if (event.body) return before?.(request);
      Object.assign(event, { body: undefined });
    },
  }));
}

/** Answers 415 unless the body is JSON by its Content-Type. */
function demandJson(): ApiMiddleware {
  return {
    before({ event }) {
      const type = requestHeader(event, 'Content-Type') ?? '';
      if (!essence(type).startsWith('application/') || !isJson(type))
        throw new HttpError(415, 'The Content-Type must be application/json, or another type of JSON.');
    },
  };
}

/** @param mediaType other than this one are answered 415 */
function readText(mediaType: string): ApiMiddleware {
  return {
    before({ event }) {
      const type = requestHeader(event, 'Content-Type') ?? '';
      if (essence(type) !== essence(mediaType))
        throw new HttpError(415, `The Content-Type must be ${mediaType}.`);
      event.body = decodeBody(event.body, event.isBase64Encoded) ?? '';
    },
  };
}
