import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';

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
  /**
   * Is asked about each request. `lost`: it is carried out, and the connection closed without an answer. `failed`: it is not carried
   * out, and answered with 500. The SDK repeats both. `silent`: it is carried out and never answered, and a quarter of a second after
   * another passes by Jest's fake timers, until the client has closed the connection and made the pause before its next try.
   */
  fault: (operation: Operation, input: Input) => 'lost' | 'failed' | 'silent' | undefined;
  /** The `Date` header of the next answers, to make it wrong. */
  date: string | undefined;
  close(): void;
}

/** Starts a table, and points the SDK at it. */
export async function startFakeTable(): Promise<FakeTable> {
  // It goes by the real clock, so on a busy machine it could end; and the SDK's pause before it repeats a request waits for Jest's timers.
  const socketTimeout = jest.spyOn(Socket.prototype, 'setTimeout').mockReturnThis();
  const items = new Map<string, Item>();
  const operations: Operation[] = [];
  const delays: FakeTable['delays'] = {};
  const server = createServer(async (request: IncomingMessage, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] as Operation;
    operations.push(operation);
    const input = (await json(request)) as Input;
    const fault = table.fault(operation, input);
    const [status, answer] = fault === 'failed' ? FAILURE : carryOut(operation, input, items);
    const delay = delays[operation];
    if (delay !== undefined) await jest.advanceTimersByTimeAsync(delay);
    if (fault === 'silent') {
      for (let closed = false; !closed && server.listening; await setImmediate()) {
        closed = request.socket.destroyed;
        await jest.advanceTimersByTimeAsync(250);
      }
      return;
    }
    if (fault === 'lost') {
      request.socket.destroy();
      return;
    }
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
    fault: () => undefined,
    date: undefined,
    close() {
      server.close();
      server.closeAllConnections();
      socketTimeout.mockRestore();
    },
  };
  return table;
}

/** The answer of DynamoDB if it failed. */
const FAILURE: [status: number, answer: object] = [500, { __type: 'InternalServerError' }];

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items */
const MAX_ITEM_BYTES = 400 * 1024;

/** The parameters of an operation that the fake reads. */
export interface Input {
  readonly Item?: Item;
  readonly Key?: Item;
  readonly ConsistentRead?: boolean;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
}

/**
 * Carries out an operation, and answers as DynamoDB does.
 * @param items the table, by the partition key `id`
 */
export function carryOut(
  operation: Operation,
  input: Input,
  items: Map<string, Item>,
): [status: number, answer: object] {
  const id = String((input.Item ?? input.Key)?.id?.S);
  const stored = items.get(id);
  // At worst, a read that is not consistent finds none of the last writes.
  if (operation === 'GetItem') return [200, { Item: input.ConsistentRead === true ? stored : undefined }];
  if (!meetsCondition(stored, input)) return refused('ConditionalCheckFailedException', stored);
  if (operation === 'DeleteItem') {
    items.delete(id);
    return [200, {}];
  }
  const item = operation === 'PutItem' ? { ...input.Item } : { ...stored, ...updated(input) };
  if (JSON.stringify(item).length > MAX_ITEM_BYTES) return refused('ValidationException');
  items.set(id, item);
  return [200, {}];
}

function refused(name: string, item?: Item): [status: number, answer: object] {
  return [400, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, Item: item }];
}

/**
 * Evaluates the condition of an operation. It may have comparisons of texts by `=` and of numbers by `<`, `attribute_exists`,
 * `attribute_not_exists`, AND, OR and parentheses.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
function meetsCondition(
  item: Item = {},
  {
    ConditionExpression: text = '',
    ExpressionAttributeNames: names = {},
    ExpressionAttributeValues: values = {},
  }: Input,
): boolean {
  const tokens = text.match(/attribute_\w+|[#:]\w+|AND|OR|[()=<]/g) ?? [];
  const take = () => tokens.shift() ?? '';
  const attribute = (name: string) => item[names[name] ?? ''];
  const anyOf = (): boolean => {
    let met = allOf();
    for (; tokens[0] === 'OR'; met = allOf() || met) take();
    return met;
  };
  const allOf = (): boolean => {
    let met = one();
    for (; tokens[0] === 'AND'; met = one() && met) take();
    return met;
  };
  const one = (): boolean => {
    const token = take();
    if (token === '(') {
      const met = anyOf();
      take();
      return met;
    }
    if (token.startsWith('attribute_')) {
      const [, name = ''] = [take(), take(), take()];
      return (attribute(name) !== undefined) === (token === 'attribute_exists');
    }
    const [left, operator, right] = [attribute(token), take(), values[take()]];
    return operator === '=' ? left?.S === right?.S : Number(left?.N) < Number(right?.N);
  };
  return text === '' || anyOf();
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
