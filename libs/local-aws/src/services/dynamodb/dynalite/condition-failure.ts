import * as v from 'valibot';
import type { AwsResponse } from '../../../core/request.ts';
import type { Engine } from './engine.ts';

const request = v.object({
  TableName: v.string(),
  ReturnValuesOnConditionCheckFailure: v.literal('ALL_OLD'),
  Key: v.optional(v.record(v.string(), v.unknown())),
  Item: v.optional(v.record(v.string(), v.unknown())),
});

/**
 * Adds the item to a `ConditionalCheckFailedException` if the request asks for it with `ReturnValuesOnConditionCheckFailure:
 * 'ALL_OLD'`, which dynalite does not know. Powertools' idempotency does so.
 */
export async function withItemOnFailure(
  engine: Engine,
  input: unknown,
  response: AwsResponse,
): Promise<AwsResponse> {
  const { success, output } = v.safeParse(request, input);
  if (!success || response.status !== 400) return response;
  const error = parse(response);
  if (!String(error.__type).endsWith('ConditionalCheckFailedException')) return response;
  const { TableName, Item, Key = await keyOf(engine, TableName, Item ?? {}) } = output;
  const found = parse(await engine.send('GetItem', JSON.stringify({ TableName, Key, ConsistentRead: true })));
  if (found.Item === undefined) return response;
  // The checksum was that of the body before.
  const { 'x-amz-crc32': _checksum, ...headers } = response.headers;
  return { ...response, headers, body: JSON.stringify({ ...error, Item: found.Item }) };
}

/** The key of an item: those of its attributes that the table's key schema names. */
async function keyOf(engine: Engine, TableName: string, item: Readonly<Record<string, unknown>>) {
  const { Table } = parse(await engine.send('DescribeTable', JSON.stringify({ TableName })));
  const { KeySchema } = v.parse(
    v.object({ KeySchema: v.array(v.object({ AttributeName: v.string() })) }),
    Table,
  );
  return Object.fromEntries(KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]));
}

function parse({ body }: AwsResponse): Record<string, unknown> {
  return JSON.parse(body.toString());
}
