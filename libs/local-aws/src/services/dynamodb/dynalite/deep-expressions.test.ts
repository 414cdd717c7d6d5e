import fc from 'fast-check';
import { active, callOf, refusal } from '../dynamodb.testing.ts';
import { createDynamoDbService, type DynamoDbService } from '../index.ts';
import { linearConditionParser } from './dynalite.ts';
import type { Parser, ParserContext } from './linear-parser.ts';

const service: DynamoDbService = createDynamoDbService();
const call = callOf(() => service);
afterAll(() => service.close());

const TableName = 'items';
const Key = { id: { S: 'a' } };

beforeAll(async () => {
  await call('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  await active(call, TableName);
  await call('PutItem', { TableName, Item: { ...Key, a: { N: '1' }, b: { N: '2' } } });
});

const scan = (FilterExpression: string) => call('Scan', { TableName, FilterExpression });
const update = (ConditionExpression: string) =>
  call('UpdateItem', { TableName, Key, UpdateExpression: 'REMOVE c', ConditionExpression });

/** `a<b or (a<b or (…))`. */
const nested = (comparison: string, operator: string, levels: number) =>
  `${comparison} ${`${operator} (${comparison} `.repeat(levels)}${')'.repeat(levels)}`;

// https://github.com/scylladb/scylladb/blob/master/test/alternator/test_limits.py runs on DynamoDB, too: it takes 149 levels with 299 operators.
test.each([
  ['a<b', 'or', 200],
  ['a>b', 'or', 400],
  ['a<b', 'and', 200],
  ['a>b', 'and', 400],
])('a condition of 149 levels of "%s" with "%s" is decided', async (comparison, operator, status) => {
  expect((await update(nested(comparison, operator, 149))).status).toBe(status);
  expect((await scan(nested(comparison, operator, 149))).body).toMatchObject({
    Count: status === 200 ? 1 : 0,
    ScannedCount: 1,
  });
});

test('a condition with more negations than an item has attributes is decided', async () => {
  const negated = (levels: number) => `${'NOT ('.repeat(levels)}a<b${')'.repeat(levels)}`;
  expect((await scan(negated(298))).body.Count).toBe(1);
  expect((await scan(negated(299))).body.Count).toBe(0);
});

test.each<[string, string, string]>([
  [
    'too many operators in many levels',
    nested('a<b', 'or', 454),
    'The expression contains too many operators; operator count: 301',
  ],
  [
    'too many operators in few levels',
    Array(151).fill('a<b').join(' or '),
    'The expression contains too many operators; operator count: 301',
  ],
  [
    'many redundant parentheses',
    `${'('.repeat(2_046)}a<b${')'.repeat(2_046)}`,
    'The expression has redundant parentheses;',
  ],
  [
    'few redundant parentheses',
    `${'('.repeat(20)}a<b${')'.repeat(20)}`,
    'The expression has redundant parentheses;',
  ],
  [
    'many calls of an unknown function',
    `a < ${'f('.repeat(1_355)}b${')'.repeat(1_355)}`,
    'Invalid function name; function: f',
  ],
  ['parentheses only', '('.repeat(4_096), 'Syntax error; token: "<EOF>", near: "(("'],
])('an expression with %s is refused', async (_what, expression, reason) => {
  const code = 'ValidationException';
  expect(await refusal(scan(expression))).toEqual({ code, message: `Invalid FilterExpression: ${reason}` });
  expect(await refusal(update(expression))).toEqual({
    code,
    message: `1 validation error detected: Invalid ConditionExpression: ${reason}`,
  });
});

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters-operators-operands:
// "SET a = :val1 + :val2 + :val3 contains two + operators". The equals sign of SET is none.
test('an update with 300 operators is taken, and one more is refused', async () => {
  const set = (operators: number) =>
    `SET ${Array.from({ length: operators }, (_, at) => `a${at}=a-b`).join(',')}`;
  const send = (UpdateExpression: string) => call('UpdateItem', { TableName, Key, UpdateExpression });
  expect((await send(set(300))).status).toBe(200);
  expect((await refusal(send(set(301)))).message).toBe(
    '1 validation error detected: Invalid UpdateExpression: The expression contains too many operators; operator count: 301',
  );
  await call('PutItem', { TableName, Item: { ...Key, a: { N: '1' }, b: { N: '2' } } });
});

// https://github.com/nubo-db/dynamodb-conformance (expressionSize) runs on AWS: 4,096 bytes of each kind are taken, 4,097 are not.
test.each<[string, string, (expression: string) => object, string]>([
  ['Scan', 'FilterExpression', (it) => ({ FilterExpression: it }), ' expression size: 4097'],
  ['GetItem', 'ProjectionExpression', (it) => ({ Key, ProjectionExpression: it }), ' expression size: 4097'],
  [
    'DeleteItem',
    'ConditionExpression',
    (it) => ({ Key: { id: { S: 'none' } }, ConditionExpression: it }),
    '',
  ],
  ['UpdateItem', 'UpdateExpression', (it) => ({ Key, UpdateExpression: `REMOVE ${it.slice(7)}` }), ''],
])('%s takes a %s of 4,096 bytes, and no longer one', async (operation, kind, input, size) => {
  const isCondition = /Filter|Condition/.test(kind);
  const expression = (bytes: number) =>
    isCondition
      ? `attribute_not_exists(${'n'.repeat(bytes - 'attribute_not_exists()'.length)})`
      : 'n'.repeat(bytes);
  expect((await call(operation, { TableName, ...input(expression(4_096)) })).status).toBe(200);
  const { message } = await refusal(call(operation, { TableName, ...input(expression(4_097)) }));
  expect(message).toBe(
    `${size === '' ? '1 validation error detected: ' : ''}Invalid ${kind}: Expression size has exceeded the maximum allowed size;${size}`,
  );
});

test.each(['KeyConditionExpression', 'FilterExpression'])(
  'a %s of megabytes is refused before it is searched for names',
  async (kind) => {
    const input = { TableName, KeyConditionExpression: 'id = :v', [kind]: 'a'.repeat(8_000_000) };
    expect((await refusal(call('Query', input))).message).toBe(
      `Invalid ${kind}: Expression size has exceeded the maximum allowed size; expression size: 8000000`,
    );
  },
);

test('the length of names and values does not count towards the length of an expression', async () => {
  const names = Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [`#a${at}`, `${'n'.repeat(200)}${at}`]),
  );
  const input = {
    Key,
    ProjectionExpression: Object.keys(names).join(','),
    ExpressionAttributeNames: names,
  };
  expect((await call('GetItem', { TableName, ...input })).status).toBe(200);
});

test('IN takes 100 operands and is one operator, and a path has at most 32 levels', async () => {
  const isIn = (operands: number) => `a IN (${Array.from({ length: operands }, () => 'b').join(',')})`;
  const path = (levels: number) => `attribute_not_exists(${Array(levels).fill('m').join('.')})`;
  expect((await scan(Array(4).fill(isIn(100)).join(' OR '))).status).toBe(200);
  expect((await scan(path(32))).status).toBe(200);
  expect((await refusal(scan(isIn(101)))).message).toBe(
    'Invalid FilterExpression: The IN operator is provided with too many operands; number of operands: 101',
  );
  expect((await refusal(scan(path(33)))).message).toBe(
    'Invalid FilterExpression: The document path has too many nesting levels; nesting levels: 33',
  );
});

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html#Expressions.UpdateExpressions.SET.UpdatingListElements
test('SET appends elements whose indices are far beyond the end of a list, in their order', async () => {
  const texts = (...values: readonly string[]) => ({ L: values.map((S) => ({ S })) });
  const item = { id: { S: 'far' } };
  await call('PutItem', { TableName, Item: { ...item, l: texts('a') } });
  const { body } = await call('UpdateItem', {
    TableName,
    Key: item,
    UpdateExpression: 'SET l[99999999999999] = :d, l[7] = :b, l[4294967290] = :c',
    ExpressionAttributeValues: { ':b': { S: 'b' }, ':c': { S: 'c' }, ':d': { S: 'd' } },
    ReturnValues: 'ALL_NEW',
  });
  expect(body.Attributes.l).toEqual(texts('a', 'b', 'c', 'd'));
  await call('DeleteItem', { TableName, Key: item });
});

describe('the parser of conditions', () => {
  const context = (count = () => {}): ParserContext => ({
    attrNames: { '#name': 'name' },
    attrVals: { ':v': { N: '1' } },
    unusedAttrNames: { '#name': true },
    unusedAttrVals: { ':v': true },
    isReserved(name) {
      count();
      return name === 'name';
    },
    compare: () => false,
  });

  test.each([
    ['or', (levels: number) => nested('a=b', 'OR', levels)],
    ['not', (levels: number) => `${'NOT ('.repeat(levels)}a=b${')'.repeat(levels)}`],
    ['parentheses', (levels: number) => `${'('.repeat(levels)}a=b${')'.repeat(levels)}`],
    ['operands in parentheses', (levels: number) => `${'('.repeat(levels)}a${')'.repeat(levels)}=b`],
    ['functions', (levels: number) => `${'size('.repeat(levels)}a${')'.repeat(levels)}=b`],
  ])('reads twice as many levels of %s in at most twice as many steps', (_what, expression) => {
    const steps = (levels: number) => {
      let count = 0;
      const counted = context(() => {
        count += 1;
      });
      try {
        linearConditionParser().parse(expression(levels), { context: counted });
      } catch (error) {
        expect(error).toMatchObject({ name: 'SyntaxError' });
      }
      return count;
    };
    expect(steps(8)).toBeGreaterThan(0);
    expect(steps(128)).toBeLessThanOrEqual(2 * steps(64) + 2);
  });

  const { atom } = fc.letrec<{ atom: string }>((tie) => ({
    atom: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(
        ...['a = :v', 'a.b[1] <> #name', 'name < :v', 'a BETWEEN :v AND :w', 'a IN (b, :v, (c))', 'a = a'],
        ...[
          'attribute_exists(a)',
          'attribute_exists(:v)',
          'size(a) > :v',
          'size(a)',
          'nothing(a)',
          'contains(a)',
        ],
        ...['a =', ')', '', '((a) = b)', '(:v) = ((b))', 'contains(a, size(b))'],
      ),
      tie('atom').map((inner) => `(${inner})`),
      tie('atom').map((inner) => `NOT ${inner}`),
      fc
        .tuple(tie('atom'), fc.constantFrom(' AND ', ' or ', 'OR', ' '), tie('atom'))
        .map((all) => all.join('')),
    ),
  }));

  test('answers as the one in the package does, errors included', () => {
    let packaged: Parser | undefined;
    jest.isolateModules(() => {
      packaged = jest.requireActual('dynalite/db/conditionParser.js');
    });
    expect(packaged?.parse).not.toBe(linearConditionParser().parse);
    const answerOf = ({ parse }: Parser, expression: string) => {
      const used = context();
      try {
        return { parsed: parse(expression, { context: used }), used: { ...used, isReserved: 0, compare: 0 } };
      } catch (error) {
        return { error: String(error) };
      }
    };
    fc.assert(
      fc.property(atom, (expression) => {
        expect(answerOf(linearConditionParser(), expression)).toEqual(answerOf(packaged!, expression));
      }),
      { numRuns: 1_000 },
    );
  });
});
