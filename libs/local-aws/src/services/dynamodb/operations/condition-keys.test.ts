import fc from 'fast-check';
import { itemConditionKeys } from './condition-keys.ts';

// The table of AWS's examples: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
const keysOf = (operation: string, input: object) => itemConditionKeys(operation, { ...input }, 'UserId');
const Key = { UserId: { S: 'alice' }, GameTitle: { S: 'Chess' } };
const KEY = ['UserId', 'GameTitle'];
const values = { ':u': { S: 'alice' }, ':n': { N: '5' } };

test.each<[string, string, object, object]>([
  [
    'a read of an item',
    'GetItem',
    { Key, ProjectionExpression: 'Wins, #t.x, scores[0]', ExpressionAttributeNames: { '#t': 'Top.Score' } },
    {
      'dynamodb:LeadingKeys': ['alice'],
      'dynamodb:Attributes': [...KEY, 'Wins', 'Top.Score', 'scores'],
      'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
    },
  ],
  [
    'a read of a whole item',
    'GetItem',
    { Key },
    {
      'dynamodb:LeadingKeys': ['alice'],
      'dynamodb:Attributes': KEY,
      'dynamodb:Select': 'ALL_ATTRIBUTES',
    },
  ],
  [
    'a write with a condition',
    'PutItem',
    {
      Item: { ...Key, Wins: { N: '1' } },
      ConditionExpression:
        'attribute_not_exists(Losses) AND NOT size(Wins) IN (:n) OR begins_with (Rank, :u)',
      ReturnValues: 'ALL_OLD',
      ReturnConsumedCapacity: 'TOTAL',
    },
    {
      'dynamodb:LeadingKeys': ['alice'],
      'dynamodb:Attributes': [...KEY, 'Wins', 'Losses', 'Rank'],
      'dynamodb:ReturnValues': 'ALL_OLD',
      'dynamodb:ReturnConsumedCapacity': 'TOTAL',
    },
  ],
  [
    'an update',
    'UpdateItem',
    { Key, UpdateExpression: 'SET Wins = if_not_exists(Wins, :n) + :n, a.b = :n REMOVE Losses ADD n :n' },
    {
      'dynamodb:LeadingKeys': ['alice'],
      'dynamodb:Attributes': [...KEY, 'Wins', 'a', 'Losses', 'n'],
    },
  ],
  [
    'a query',
    'Query',
    {
      KeyConditionExpression: 'GameTitle > :n AND #u = :u',
      ExpressionAttributeNames: { '#u': 'UserId' },
      ExpressionAttributeValues: values,
      IndexName: 'by-user',
    },
    {
      'dynamodb:LeadingKeys': ['alice'],
      'dynamodb:Attributes': ['GameTitle', 'UserId'],
      'dynamodb:Select': 'ALL_PROJECTED_ATTRIBUTES',
    },
  ],
  [
    'a query without expressions',
    'Query',
    { KeyConditions: { UserId: { AttributeValueList: [{ S: 'alice' }], ComparisonOperator: 'EQ' } } },
    {
      'dynamodb:LeadingKeys': ['alice'],
      'dynamodb:Attributes': ['UserId'],
      'dynamodb:Select': 'ALL_ATTRIBUTES',
    },
  ],
  [
    'a scan, which has no leading key',
    'Scan',
    { ScanFilter: { Wins: {} }, AttributesToGet: ['Losses'], Select: 'COUNT' },
    { 'dynamodb:Attributes': ['Wins', 'Losses'], 'dynamodb:Select': 'COUNT' },
  ],
  [
    'a batch of reads',
    'BatchGetItem',
    { Keys: [Key, { ...Key, UserId: { S: 'bob' } }], AttributesToGet: ['Wins'] },
    {
      'dynamodb:LeadingKeys': ['alice', 'bob'],
      'dynamodb:Attributes': [...KEY, 'Wins'],
      'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
    },
  ],
  [
    'a batch of writes',
    'BatchWriteItem',
    {
      Writes: [
        { PutRequest: { Item: { UserId: { S: 'bob' }, Wins: { N: '1' } } } },
        { DeleteRequest: { Key } },
      ],
    },
    { 'dynamodb:LeadingKeys': ['bob', 'alice'], 'dynamodb:Attributes': ['UserId', 'Wins', 'GameTitle'] },
  ],
])('the condition keys of %s', (_name, operation, input, expected) => {
  expect(keysOf(operation, input)).toEqual(expected);
});

test('a table that does not exist has no leading keys', () => {
  expect(itemConditionKeys('DeleteItem', { Key }, undefined)).toEqual({ 'dynamodb:Attributes': KEY });
});

test('no input makes an error: the engine refuses what is invalid', () => {
  const members = [
    'Key',
    'Item',
    'Keys',
    'Writes',
    'KeyConditions',
    'KeyConditionExpression',
    'AttributesToGet',
  ];
  const input = fc.dictionary(fc.constantFrom(...members, 'ExpressionAttributeNames'), fc.anything());
  fc.assert(fc.property(input, (given) => typeof itemConditionKeys('Query', given, 'UserId') === 'object'));
});
