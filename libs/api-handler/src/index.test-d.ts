/**
 * Types: what must not compile does not compile. `tsc` checks this file; nothing runs it.
 */
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import * as v from 'valibot';
import { idempotencyTable } from './idempotency/index.ts';
import { apiHandler, type HandledOperation, type LambdaContext } from './index.ts';

type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
/** As in the contract of the services. */
interface JsonObject {
  readonly [key: string]: JsonValue;
}

const expectType = <Type>(_value: Type): void => {};
const text = async () => 'text';

const getMessage = {
  method: 'GET',
  path: '/messages/{id}',
  pathParameters: v.object({ id: v.string() }),
  query: v.object({ limit: v.optional(v.pipe(v.string(), v.toNumber())) }),
  response: v.object({ id: v.string(), tags: v.optional(v.array(v.string())) }),
  status: 200,
} as const satisfies HandledOperation;

// A handler gets the output of the schemas.
const handler = apiHandler(getMessage, ({ pathParameters, query, body, caller }) => {
  expectType<string>(pathParameters.id);
  expectType<number | undefined>(query.limit);
  expectType<undefined>(body);
  expectType<string | null>(caller.roleName);
  // @ts-expect-error: the path has no such parameter
  pathParameters.name;
  return { body: { id: pathParameters.id, tags: [] }, headers: { Location: '/messages/1' }, status: 203 };
});
apiHandler(getMessage, async () => ({ body: { id: await text() } }));

// Lambda's types fit.
expectType<(event: APIGatewayProxyEvent, context: Context) => Promise<unknown>>(handler);

// An answer has the response's type.
// @ts-expect-error: no body
apiHandler(getMessage, () => ({}));
// @ts-expect-error: no answer
apiHandler(getMessage, async () => {});
// @ts-expect-error: a member is missing
apiHandler(getMessage, () => ({ body: {} }));
// @ts-expect-error: the body alone is no answer
apiHandler(getMessage, () => ({ id: '1' }));
// @ts-expect-error: a header is text
apiHandler(getMessage, () => ({ body: { id: '1' }, headers: { 'Retry-After': 1 } }));

// No part of an answer is a promise.
// @ts-expect-error: the body
apiHandler(getMessage, () => ({ body: Promise.resolve({ id: '1' }) }));
// @ts-expect-error: the body of an async handler
apiHandler(getMessage, async () => ({ body: Promise.resolve({ id: '1' }) }));
// @ts-expect-error: a member
apiHandler(getMessage, async () => ({ body: { id: text() } }));
// @ts-expect-error: an item of a list
apiHandler(getMessage, async () => ({ body: { id: '1', tags: [text()] } }));

/** An operation whose response has another schema. */
const answering = <Response extends v.GenericSchema>(response: Response) => ({ ...getMessage, response });

// The same for schemas that take almost anything.
const jsonObject = answering(v.custom<JsonObject>(() => true));
apiHandler(jsonObject, () => ({ body: { a: [{ b: null }] } }));
// @ts-expect-error: any JSON object: the body
apiHandler(jsonObject, () => ({ body: Promise.resolve({}) }));
// @ts-expect-error: any JSON object: a member
apiHandler(jsonObject, () => ({ body: { a: { b: [text()] } } }));

const unknown = answering(v.unknown());
apiHandler(unknown, () => ({ body: [1, { a: undefined }] }));
// @ts-expect-error: unknown: the body
apiHandler(unknown, () => ({ body: text() }));
// @ts-expect-error: unknown: a member
apiHandler(unknown, () => ({ body: { a: text() } }));

const any = answering(v.any());
// @ts-expect-error: any: the body
apiHandler(any, () => ({ body: text() }));
// @ts-expect-error: any: a member
apiHandler(any, () => ({ body: { a: text() } }));

const empty = answering(v.object({}));
apiHandler(empty, () => ({ body: {} }));
// @ts-expect-error: an empty object: the body
apiHandler(empty, () => ({ body: text() }));

const optional = answering(v.object({ a: v.optional(v.string()) }));
// @ts-expect-error: members that are all optional: the body
apiHandler(optional, () => ({ body: text() }));

const loose = answering(v.looseObject({ id: v.string() }));
apiHandler(loose, () => ({ body: { id: '1', other: [true] } }));
// @ts-expect-error: a loose object: the body
apiHandler(loose, () => ({ body: text() }));
// @ts-expect-error: a loose object: a member that the schema does not name
apiHandler(loose, () => ({ body: { id: '1', other: text() } }));

const records = answering(v.record(v.string(), v.array(v.unknown())));
apiHandler(records, () => ({ body: { a: [1, 'b', [null]] } }));
// @ts-expect-error: a record of lists: an item
apiHandler(records, () => ({ body: { a: [text()] } }));

const variants = answering(v.union([v.object({ a: v.string() }), v.object({ b: v.unknown() })]));
apiHandler(variants, () => ({ body: { b: 1 } }));
// @ts-expect-error: a union: a member
apiHandler(variants, () => ({ body: { b: text() } }));

// A value that is not JSON may have `toJSON`.
apiHandler(answering(v.object({ at: v.date() })), () => ({ body: { at: new Date() } }));

// The members of an answer have the types of the response, and not wider ones: no `as const` is needed.
const sentOrder = v.object({
  state: v.picklist(['new', 'sent']),
  lines: v.array(v.object({ kind: v.literal('pen'), price: v.optional(v.tuple([v.number(), v.string()])) })),
});
const enums = answering(sentOrder);
const pen = { kind: 'pen', price: [1, 'EUR'] } as const;
const isSent = Boolean(pen);
apiHandler(enums, () => ({ body: { state: 'new', lines: [] } }));
apiHandler(enums, async () => ({ body: { state: 'new', lines: [{ kind: 'pen', price: [1, 'EUR'] }] } }));
apiHandler(enums, async () => ({ body: { state: isSent ? 'sent' : 'new', lines: [] }, status: 201 }));
apiHandler(enums, async () => {
  if (isSent) return { body: { state: 'sent', lines: [] }, headers: { Location: '/1' } };
  const lines = [await Promise.resolve(pen)].map(({ kind }) => ({ kind }));
  return { body: { state: 'new', lines } };
});
apiHandler(
  answering(v.variant('type', [v.object({ type: v.literal('a') }), v.object({ type: v.literal('b') })])),
  () => ({
    body: { type: 'b' },
  }),
);
// @ts-expect-error: no value of the enum
apiHandler(enums, async () => ({ body: { state: 'lost', lines: [] } }));
// @ts-expect-error: a text that may be any
apiHandler(enums, async () => ({ body: { state: await text(), lines: [] } }));

// Only a request that can have a condition may be answered without the body of the operation.
apiHandler({ ...getMessage, headers: v.object({ 'If-None-Match': v.optional(v.string()) }) }, () => ({
  status: 304,
}));
apiHandler({ ...getMessage, headers: v.object({ 'if-modified-since': v.optional(v.string()) }) }, () => ({
  status: 304,
}));
// @ts-expect-error: another header is no condition
apiHandler({ ...getMessage, headers: v.object({ 'If-Match': v.optional(v.string()) }) }, () => ({
  status: 304,
}));
// @ts-expect-error: no header
apiHandler(getMessage, () => ({ status: 304 }));

// An operation without a response has no body in its answer.
const deleteMessage = {
  method: 'DELETE',
  path: '/messages/{id}',
  status: 204,
} as const satisfies HandledOperation;
apiHandler(deleteMessage, () => undefined);
apiHandler(deleteMessage, async () => {});
apiHandler(deleteMessage, () => ({ headers: { 'X-Deleted': '1' } }));
// @ts-expect-error: a body
apiHandler(deleteMessage, () => ({ body: { id: '1' } }));
// @ts-expect-error: a promise as body
apiHandler(deleteMessage, async () => ({ body: text() }));

// The option `idempotency` belongs to the mark `idempotencyKey`, and the other way round.
const idempotency = idempotencyTable({ tableName: undefined, executionMs: undefined });
const order = { method: 'POST', path: '/orders', status: 204 } as const satisfies HandledOperation;
const keyed = { ...order, idempotencyKey: true } as const satisfies HandledOperation;
const answer = async () => {};
apiHandler(order, answer, { maxBodyBytes: 1 });
apiHandler(order, answer, { maxBodyBytes: undefined });
apiHandler(order, async () => ({ status: undefined, headers: undefined }));
apiHandler(keyed, answer, { idempotency, maxBodyBytes: 1 });
// @ts-expect-error: the operation remembers keys, and there are no options
apiHandler(keyed, answer);
// @ts-expect-error: the operation remembers keys, and the option is missing
apiHandler(keyed, answer, { maxBodyBytes: 1 });
// @ts-expect-error: the operation remembers no keys
apiHandler(order, answer, { idempotency });
// @ts-expect-error: no such option
apiHandler(order, answer, { idempotencyTable: 'table' });

// Schemas must be synchronous.
apiHandler(
  // @ts-expect-error: an asynchronous schema
  { ...getMessage, query: v.objectAsync({}) },
  () => ({ body: { id: '1' } }),
);

// An invocation that is not Lambda's.
const context: LambdaContext = { awsRequestId: '1', getRemainingTimeInMillis: () => 1_000 };
// @ts-expect-error: no event
handler({}, context);
