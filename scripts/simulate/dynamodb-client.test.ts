import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  setCarrier,
} from './dynamodb-client.ts';
import type { Reply } from './network.ts';

const reply = (status: number, answer: object): Reply => ({
  status,
  headers: {},
  body: Buffer.from(JSON.stringify(answer)),
});
const closed = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

let sent: string[];

/** Answers requests by a list, of which the last goes on for ever. */
function answer(...replies: (Reply | Error)[]): void {
  sent = [];
  setCarrier(async (operation) => {
    sent.push(operation);
    const next = replies[Math.min(sent.length, replies.length) - 1];
    if (next === undefined || next instanceof Error) throw next;
    return next;
  });
}

beforeEach(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => jest.restoreAllMocks());

test.each([
  ['a server error', reply(500, { __type: 'InternalServerError' })],
  ['throttling', reply(400, { __type: 'com.amazonaws#ProvisionedThroughputExceededException' })],
  ['a closed connection', closed()],
  ['a body that breaks', { ...reply(200, {}), end: 'broken' as const }],
])('%s is tried again, three times in all, as the SDK does', async (_what, failure) => {
  answer(failure, failure, reply(200, { Item: { id: { S: 'a' } } }));
  expect(await new DynamoDBClient().send(new GetItemCommand({}))).toMatchObject({
    Item: { id: { S: 'a' } },
    $metadata: { attempts: 3 },
  });
  answer(failure);
  await expect(new DynamoDBClient().send(new GetItemCommand({}))).rejects.toThrow();
  expect(sent).toEqual(['GetItem', 'GetItem', 'GetItem']);
});

test('a condition that fails is told at once, with the item and the number of attempts', async () => {
  answer(closed(), reply(400, { __type: 'x#ConditionalCheckFailedException', Item: { id: { S: 'a' } } }));
  const error = await new DynamoDBClient().send(new PutItemCommand({})).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConditionalCheckFailedException);
  expect(error).toMatchObject({ Item: { id: { S: 'a' } }, $metadata: { attempts: 2 } });
});

test('a middleware changes what is sent, and knows the command', async () => {
  const client = new DynamoDBClient();
  const commands: string[] = [];
  client.middlewareStack.add((next, { commandName }) => (args) => {
    commands.push(commandName);
    return next(args);
  });
  answer(reply(200, {}));
  await client.send(new PutItemCommand({}));
  expect(commands).toEqual(['PutItemCommand']);
});
