import fc from 'fast-check';
import { active, callOf } from '../dynamodb.testing.ts';
import { createDynamoDbService, type DynamoDbService } from '../index.ts';

let service: DynamoDbService;
beforeAll(async () => {
  service = createDynamoDbService();
  await call('CreateTable', {
    TableName: 'items',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  await active(call, 'items');
});
afterAll(() => service.close());

const call = callOf(() => service);
const texts = (...all: readonly string[]) => ({ L: all.map((S) => ({ S })) });

async function updated(item: object, UpdateExpression: string, values: Record<string, object> = {}) {
  await call('PutItem', { TableName: 'items', Item: { id: { S: 'a' }, ...item } });
  const { body } = await call('UpdateItem', {
    TableName: 'items',
    Key: { id: { S: 'a' } },
    UpdateExpression,
    ReturnValues: 'ALL_NEW',
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  });
  const { id: _, ...attributes } = body.Attributes;
  return attributes;
}

// The list and the results are AWS's example: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html#Expressions.UpdateExpressions.REMOVE.RemovingListElements
test('REMOVE of several elements removes those that had these indices before the update', async () => {
  const RelatedItems = texts('Chisel', 'Hammer', 'Nails', 'Screwdriver', 'Hacksaw');
  expect(await updated({ RelatedItems }, 'REMOVE RelatedItems[1], RelatedItems[2]')).toEqual({
    RelatedItems: texts('Chisel', 'Screwdriver', 'Hacksaw'),
  });
});

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/example_dynamodb_Scenario_UpdateExpressionOrder_section.html
test.each([
  [
    'SET finds the element that had the index before REMOVE',
    { l: texts('0', '1', '2') },
    'REMOVE l[0] SET l[1] = :x',
    { ':x': { S: 'x' } },
    { l: texts('x', '2') },
  ],
  [
    'SET copies a list as it was before REMOVE',
    { l: texts('0', '1') },
    'SET copied = l REMOVE l[0]',
    {},
    { l: texts('1'), copied: texts('0', '1') },
  ],
  [
    'SET copies a number as it was before ADD',
    { n: { N: '1' } },
    'SET copied = n ADD n :five',
    { ':five': { N: '5' } },
    { n: { N: '6' }, copied: { N: '1' } },
  ],
  [
    'SET copies a map as it was before another SET',
    { m: { M: { a: { S: '1' } } } },
    'SET copied = m, m.a = :x',
    { ':x': { S: 'x' } },
    { m: { M: { a: { S: 'x' } } }, copied: { M: { a: { S: '1' } } } },
  ],
  [
    'SET copies a map into itself',
    { m: { M: { a: { S: '1' } } } },
    'SET m.b = m',
    {},
    { m: { M: { a: { S: '1' }, b: { M: { a: { S: '1' } } } } } },
  ],
  [
    'SET exchanges two values',
    { a: { S: '1' }, b: { S: '2' } },
    'SET a = b, b = a',
    {},
    { a: { S: '2' }, b: { S: '1' } },
  ],
  [
    'DELETE of a whole set does not move the elements behind it',
    { l: { L: [{ SS: ['a'] }, { SS: ['b'] }, { SS: ['c', 'd'] }] } },
    'DELETE l[0] :a, l[2] :c REMOVE l[1]',
    { ':a': { SS: ['a'] }, ':c': { SS: ['c'] } },
    { l: { L: [{ SS: ['d'] }] } },
  ],
])('%s', async (_name, item, expression, values, expected) => {
  expect(await updated(item, expression, values)).toEqual(expected);
});

test('any REMOVE and SET of elements have the result of the indices before the update', async () => {
  const index = fc.nat({ max: 12 });
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 8 }),
      fc.uniqueArray(index, { maxLength: 5 }),
      fc.uniqueArray(index, { maxLength: 4 }),
      async (length, removed, wanted) => {
        const set = wanted.filter((at) => !removed.includes(at)).sort((a, b) => a - b);
        if (removed.length + set.length === 0) return;
        const before = Array.from({ length }, (_item, at) => `${at}`);
        const clauses = [
          removed.length > 0 && `REMOVE ${removed.map((at) => `l[${at}]`).join(', ')}`,
          set.length > 0 && `SET ${set.map((at) => `l[${at}] = :v${at}`).join(', ')}`,
        ];
        const kept = before
          .map((text, at) => (set.includes(at) ? `new ${at}` : text))
          .filter((_text, at) => !removed.includes(at));
        const appended = set.filter((at) => at >= length).map((at) => `new ${at}`);
        const values = Object.fromEntries(set.map((at) => [`:v${at}`, { S: `new ${at}` }]));
        const { l } = await updated({ l: texts(...before) }, clauses.filter(Boolean).join(' '), values);
        expect(l).toEqual(texts(...kept, ...appended));
      },
    ),
    { numRuns: 60 },
  );
});
