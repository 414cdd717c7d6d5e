import { hash, randomUUID } from 'node:crypto';
import { callerOf, callerScope } from './caller.ts';
import type { ApiEvent } from './event.ts';
import { ownPath } from './idempotency/own-path.ts';
import { keyHeaderOf } from './idempotency-key.ts';

/** The parts that make a request the same one when it is sent again, whatever address of the API it is sent to. */
export type RequestIdentity = readonly [method: string, path: string, body: string | null, query?: Query];

/** The parameters in the order of their names. */
type Query = readonly (readonly [name: string, values: readonly string[]])[];

/**
 * Reads the parts that identify a request. Its body must not be parsed yet. The order of query parameters does not count. Without
 * any, the list has no fourth item, as in the records of versions that ignored the query.
 */
export function requestIdentity(event: ApiEvent): RequestIdentity {
  const { httpMethod, body, multiValueQueryStringParameters } = event;
  const query = Object.entries(multiValueQueryStringParameters ?? {})
    .map(([name, values = []]) => [name, values] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const own = [httpMethod, ownPath(event), body] as const;
  return query.length === 0 ? own : [...own, query];
}

/**
 * Makes the token of an execution: a UUID. A request with an `Idempotency-Key` has the same one each time that it is executed. Another
 * caller, key, method, path, query or body gives another token: after a failure, a key may be used for another request. Without a key,
 * each token is new.
 * @param event its body must not be parsed yet
 * @throws HttpError 403 if there is a key and no verified caller
 */
export function idempotencyToken(event: ApiEvent): string {
  const key = keyHeaderOf(event);
  if (key === undefined) return randomUUID();
  const { arn } = callerOf(event);
  const digest = hash('sha256', JSON.stringify([callerScope(arn), key, ...requestIdentity(event)]));
  // RFC 9562, section 5.8: version 8, and two bits for the variant.
  const variant = ((Number.parseInt(digest.charAt(16), 16) % 4) + 8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    variant + digest.slice(17, 20),
    digest.slice(20, 32),
  ].join('-');
}
