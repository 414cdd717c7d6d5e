import * as v from 'valibot';
import { paginate } from '../../../protocols/shapes.ts';
import { badRequest } from '../../apigateway/definition/errors.ts';

/** The path of an API. */
export const API = '/v2/apis/{ApiId}';

/** The input member that names the API. */
export const api = { ApiId: v.string() };

/** The input members of operations that return a list. */
export const paging = {
  maxResults: v.optional(v.pipe(v.string(), v.regex(/^\d{1,4}$/, 'Member must be a whole number'))),
  nextToken: v.optional(v.string()),
};

/** One page of a list. Without `maxResults`, all of it. */
export function pageOf<Item>(
  list: Iterable<Item>,
  {
    maxResults,
    nextToken,
  }: { readonly maxResults?: string | undefined; readonly nextToken?: string | undefined },
) {
  const items = [...list];
  const { items: page, next } = paginate(items, {
    size: Math.max(1, Number(maxResults ?? items.length)),
    token: nextToken,
    invalidToken: () => badRequest('Invalid nextToken specified'),
  });
  return { items: page, nextToken: next };
}

/** A date as this API shows it. */
export function shownDate(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
