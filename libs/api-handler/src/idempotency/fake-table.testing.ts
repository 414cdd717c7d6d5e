import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** The DynamoDB operations that idempotency uses. */
export type Operation = 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'GetItem';
/** An item of the table. */
export type Item = Record<string, { readonly S?: string; readonly N?: string }>;

/** A table with the features that idempotency needs. Reads and writes go over HTTP, as the SDK sends them. */
export interface FakeTable {
  readonly items: Map<string, Item>;
  /** The operations that the table received. */
  readonly operations: Operation[];
  /** The delay of each operation's answer, in milliseconds of Jest's fake timers. The operation itself is carried out at once. */
  readonly delays: Partial<Record<Operation, number>>;
  /** The `Date` header of the next answers, to make it wrong. */
  date: string | undefined;
  close(): void;
}

/** Starts a table, and points the SDK at it. */
export async function startFakeTable(): Promise<FakeTable> {
  const items = new Map<string, Item>();
  const operations: Operation[] = [];
  const delays: FakeTable['delays'] = {};
  const server = createServer(async (request: IncomingMessage, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] as Operation;
    operations.push(operation);
    const [status, answer] = carryOut(operation, (await json(request)) as Input, items);
    const delay = delays[operation];
    if (delay !== undefined) await jest.advanceTimersByTimeAsync(delay);
    const headers = { 'Content-Type': 'application/x-amz-json-1.0', ...(table.date && { Date: table.date }) };
    response.writeHead(status, headers).end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
  const table: FakeTable = {
    items,
    operations,
    delays,
    date: undefined,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return table;
}

/** The parameters of an operation that the fake reads. */
export interface Input {
  readonly Item?: Item;
  readonly Key?: Item;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
}

/**
 * Carries out an operation, and answers as DynamoDB does. Of the conditions, those of Powertools and of retry-safe-put.ts are known.
 * @param items the table, by the partition key `id`
 */
export function carryOut(
  operation: Operation,
  input: Input,
  items: Map<string, Item>,
): [status: number, answer: object] {
  const id = String((input.Item ?? input.Key)?.id?.S);
  const stored = items.get(id);
  if (operation === 'GetItem') return [200, { Item: stored }];
  if (operation === 'DeleteItem') {
    const own = input.ExpressionAttributeValues?.[':own']?.S;
    if (own !== undefined && own !== stored?.putId?.S) return conditionFailed();
    items.delete(id);
  }
  if (operation === 'PutItem') {
    if (stored !== undefined && !isOver(stored, input)) return conditionFailed(stored);
    items.set(id, { ...input.Item });
  }
  if (operation === 'UpdateItem') items.set(id, { ...stored, ...updated(input) });
  return [200, {}];
}

function conditionFailed(item?: Item): [status: number, answer: object] {
  return [400, { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', Item: item }];
}

/** Whether the item has expired, or the function that executed the request ran out of time, by the writer's clock. */
function isOver(
  { status, in_progress_expiration: end, expiration }: Item,
  { ExpressionAttributeValues: { ':now': now, ':now_in_millis': nowMs } = {} }: Input,
): boolean {
  const hasTimedOut = status?.S === 'INPROGRESS' && Number(end?.N) < Number(nowMs?.N);
  return hasTimedOut || Number(expiration?.N) < Number(now?.N);
}

function updated({
  UpdateExpression = '',
  ExpressionAttributeNames: names = {},
  ExpressionAttributeValues: values = {},
}: Input): Item {
  const pairs = UpdateExpression.matchAll(/(#\w+) = (:\w+)/g);
  return Object.fromEntries(
    [...pairs].map(([, name = '', value = '']) => [names[name], values[value]]),
  ) as Item;
}
