import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Call } from '../../../pipeline/endpoint.ts';
import { type Operation, type Output, operationsOf } from '../../../protocols/operation.ts';

/**
 * Declares an operation on an API Gateway resource. API Gateway's permissions are its HTTP verbs on the path of the
 * request: `apigateway:GET` on `arn:aws:apigateway:<region>::/restapis/<id>`.
 * @param http e.g. `GET /restapis/{restApiId}`
 * @example declare('GetRestApi', 'GET /restapis/{restApiId}', v.object({ restApiId: v.string() }), (input, call) => …)
 */
export function declare<Schema extends v.GenericSchema<unknown, object>>(
  name: string,
  http: string,
  input: Schema,
  handle: (input: v.InferOutput<Schema>, call: Call) => Output,
  status = 200,
): Operation {
  const [verb = '', template = ''] = http.split(' ', 2);
  return operationsOf('apigateway', 'BadRequestException')(name, {
    http,
    status,
    input,
    requires: (parameters, { region }) => ({
      action: `apigateway:${verb}`,
      resource: `arn:aws:apigateway:${region}::${fill(template, parameters)}`,
    }),
    handle,
  });
}

function fill(template: string, parameters: object): string {
  const values = new Map<string, unknown>(Object.entries(parameters));
  return template.replace(/\{(\w+)\+?\}/g, (_, label: string) => String(values.get(label) ?? ''));
}

/** Members of the query string with which lists are paged. */
export const paging = {
  limit: v.optional(v.pipe(v.string(), v.regex(/^\d{1,3}$/), v.transform(Number))),
  position: v.optional(v.string()),
};

/**
 * One page of a list; on the wire API Gateway's lists are called `item`.
 * @throws AwsError `BadRequestException` for a position that came from nowhere
 */
export function page<T>(
  items: readonly T[],
  { limit = 25, position }: { limit?: number | undefined; position?: string | undefined },
): { item: readonly T[]; position?: string } {
  const start = position === undefined ? 0 : Number(/^p(\d{1,6})$/.exec(position)?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) throw new AwsError('BadRequestException', 'Invalid position parameter specified');
  const end = start + Math.max(1, Math.min(limit, 500));
  return { item: items.slice(start, end), ...(end < items.length ? { position: `p${end}` } : {}) };
}
