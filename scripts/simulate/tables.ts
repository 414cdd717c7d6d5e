import { createRequire } from 'node:module';
import type { Item, Reply, Sent, Service, Value } from './network.ts';
import { skewOf } from './sts.ts';

/** The parameters of an operation that the tables read. */
interface Input {
  readonly TableName: string;
  readonly Item?: Item;
  readonly Key?: Item;
  readonly ConsistentRead?: boolean;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Value>>;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}

/** The parts of dynalite that evaluate expressions: https://github.com/architect/dynalite/tree/main/db */
interface Dynalite {
  readonly database: {
    matchesExprFilter(item: Item, expression: unknown): boolean;
    itemSize(item: Item): number;
  };
  readonly conditions: { parse(text: string, options: object): { readonly expression: unknown } };
  readonly updates: {
    parse(
      text: string,
      options: object,
    ):
      | { readonly sections: { readonly type: string; readonly path: string[]; readonly val: Value }[] }
      | string;
  };
}

const require = createRequire(import.meta.url);
const dynalite: Dynalite = {
  database: require('dynalite/db/index.js'),
  conditions: require('dynalite/db/conditionParser.js'),
  updates: require('dynalite/db/updateParser.js'),
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items */
const MAX_ITEM_BYTES = 400 * 1024;

/** The table of messages, which is always there. */
export const MESSAGES_TABLE = 'messages';

interface Version {
  readonly from: number;
  readonly item: Item | undefined;
}

/** DynamoDB with the table of messages and that of idempotency keys. Conditions and updates are evaluated by dynalite. */
export class Tables implements Service {
  readonly #now: () => number;
  readonly #lag: () => number;
  readonly #messages = new Map<string, Version[]>();
  #keys: { readonly name: string | undefined; readonly items: Map<string, Version[]> } = {
    name: undefined,
    items: new Map(),
  };

  /**
   * @param now the true time
   * @param lag the time in milliseconds by which a read is late that is not consistent
   */
  constructor(now: () => number, lag: () => number) {
    this.#now = now;
    this.#lag = lag;
  }

  /** Replaces the table of keys by a new, empty one; `undefined` removes it. */
  replaceKeys(name: string | undefined): void {
    this.#keys = { name, items: new Map() };
  }

  serve(request: Sent, respond: (reply: Reply) => void): void {
    respond(this.#carryOut(request));
  }

  #carryOut(request: Sent): Reply {
    const input: Input = JSON.parse(request.body);
    const items = input.TableName === MESSAGES_TABLE ? this.#messages : this.#keys.items;
    if (input.TableName !== MESSAGES_TABLE && input.TableName !== this.#keys.name) {
      return this.#refuse('ResourceNotFoundException');
    }
    const skew = skewOf(request, this.#now());
    if (skew !== undefined) return this.#refuse('InvalidSignatureException', { message: skew });
    const operation = operationOf(request);
    const key = keyOf(input);
    const versions = items.get(key) ?? [];
    if (operation === 'GetItem') {
      const at = this.#now() - (input.ConsistentRead === true ? 0 : this.#lag());
      return this.#reply(200, { Item: versions.findLast(({ from }) => from <= at)?.item });
    }
    const stored = versions.at(-1)?.item;
    if (!meetsCondition(stored ?? {}, input)) {
      const Item = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? stored : undefined;
      return this.#refuse('ConditionalCheckFailedException', {
        message: 'The conditional request failed',
        Item,
      });
    }
    const item = changed(operation, input, stored);
    if (item !== undefined && dynalite.database.itemSize(item) > MAX_ITEM_BYTES) {
      request.watch?.refused();
      return this.#refuse('ValidationException', {
        message: 'Item size has exceeded the maximum allowed size',
      });
    }
    items.set(key, [...versions, { from: this.#now(), item }]);
    request.watch?.stored(item);
    return this.#reply(200, {});
  }

  refuse(effect: Parameters<Service['refuse']>[0]): Reply {
    if (effect.type === 'throttle') return this.#refuse('ProvisionedThroughputExceededException');
    if (effect.type === 'fail') return this.#reply(effect.status, { __type: 'InternalServerError' });
    return this.#refuse('ValidationException', { message: 'No.' });
  }

  #refuse(name: string, further: object = {}): Reply {
    return this.#reply(400, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, ...further });
  }

  #reply(status: number, answer: object): Reply {
    return {
      status,
      headers: { 'content-type': 'application/x-amz-json-1.0', date: new Date(this.#now()).toUTCString() },
      body: Buffer.from(JSON.stringify(answer)),
    };
  }
}

/** The key of an item, or of the item that an operation means: the table of messages has a sort key too. */
function keyOf({ TableName, Item, Key }: Input): string {
  const { caller, id } = Key ?? Item ?? {};
  return TableName === MESSAGES_TABLE ? `${caller?.S} ${id?.S}` : String(id?.S);
}

function changed(operation: string, input: Input, stored: Item | undefined): Item | undefined {
  if (operation === 'DeleteItem') return undefined;
  if (operation === 'PutItem') return input.Item;
  return { ...input.Key, ...stored, ...updated(input) };
}

function meetsCondition(item: Item, input: Input): boolean {
  const { ConditionExpression: text } = input;
  if (text === undefined) return true;
  const { expression } = parseOnce(text, input, (options) => dynalite.conditions.parse(text, options));
  return dynalite.database.matchesExprFilter(item, expression);
}

function updated(input: Input): Item {
  const { UpdateExpression: text = '' } = input;
  const parsed = parseOnce(text, input, (options) => dynalite.updates.parse(text, options));
  if (typeof parsed === 'string') throw new Error(`${text}: ${parsed}`);
  return Object.fromEntries(
    parsed.sections.map(({ type, path: [name = '', ...deeper], val }) => {
      if (type !== 'set' || deeper.length > 0) throw new Error(`The simulated table does not know: ${text}`);
      // A copy: the next update of this kind changes the value.
      return [name, { ...val }];
    }),
  );
}

type Values = Record<string, Record<string, unknown>>;

/** Parsed expressions, with the objects that hold their values: to parse takes a hundred times as long as all else. */
const parsed = new Map<string, { readonly expression: unknown; readonly values: Values }>();

/** Parses an expression, or takes the earlier result and puts the new values into it. */
function parseOnce<T>(text: string, input: Input, parse: (options: object) => T): T {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: given = {} } = input;
  const types = Object.entries(given).map(([name, value]) => name + Object.keys(value));
  const id = JSON.stringify([text, names, types]);
  let known = parsed.get(id);
  if (known === undefined) {
    const values: Values = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, { ...value }]),
    );
    const context = {
      attrNames: names,
      attrVals: values,
      unusedAttrNames: {},
      unusedAttrVals: {},
      isReserved: () => false,
    };
    known = { expression: parse({ context }), values };
    parsed.set(id, known);
  }
  for (const [name, value] of Object.entries(given)) Object.assign(known.values[name] ?? {}, value);
  // What `parse` of this text has returned before.
  return known.expression as T;
}

/** The operation of a request to DynamoDB. */
export function operationOf({
  headers,
}: Pick<Sent, 'headers'>): 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' {
  return String(headers['x-amz-target']).split('.')[1] as ReturnType<typeof operationOf>;
}
