import { Readable } from 'node:stream';
import {
  AssumeRoleCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  RequestHandler,
  STSClient,
} from './aws-sdk.ts';

const json = (statusCode: number, answer: object) => ({
  statusCode,
  headers: {},
  body: Buffer.from(JSON.stringify(answer)),
});
const closed = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
type Answer = Awaited<ReturnType<RequestHandler['handle']>>['response'] | Error;

let sent: Parameters<RequestHandler['handle']>[0][];

/** Answers requests by a list, whose last entry repeats without end. */
function answer(...answers: (Answer | (() => Answer))[]): void {
  sent = [];
  jest.spyOn(RequestHandler.prototype, 'handle').mockImplementation(async (request) => {
    sent.push(request);
    const given = answers[Math.min(sent.length, answers.length) - 1];
    const next = typeof given === 'function' ? given() : given;
    if (next === undefined || next instanceof Error) throw next;
    return { response: next };
  });
}

beforeEach(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => jest.restoreAllMocks());

const broken = () => ({
  ...json(200, {}),
  body: Readable.from([Buffer.from('{')]).map(() => Promise.reject(closed())),
});

test.each<[string, Answer | (() => Answer)]>([
  ['a server error', json(500, { __type: 'InternalServerError' })],
  ['throttling', json(400, { __type: 'com.amazonaws#ProvisionedThroughputExceededException' })],
  ['a closed connection', closed()],
  ['a body that breaks', broken],
])('DynamoDB: %s is tried again, four times in all, as the SDK does', async (_what, failure) => {
  answer(failure, failure, failure, json(200, { Item: { id: { S: 'a' } } }));
  expect(await new DynamoDBClient().send(new GetItemCommand({}))).toMatchObject({
    Item: { id: { S: 'a' } },
    $metadata: { attempts: 4 },
  });
  answer(failure);
  await expect(new DynamoDBClient().send(new GetItemCommand({}))).rejects.toThrow();
  expect(sent.map(({ headers }) => headers['x-amz-target'])).toEqual(
    Array(4).fill('DynamoDB_20120810.GetItem'),
  );
});

test('DynamoDB: a failed condition is an error at once, with the item and the number of attempts', async () => {
  answer(closed(), json(400, { __type: 'x#ConditionalCheckFailedException', Item: { id: { S: 'a' } } }));
  const error = await new DynamoDBClient().send(new PutItemCommand({})).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConditionalCheckFailedException);
  expect(error).toMatchObject({ Item: { id: { S: 'a' } }, $metadata: { attempts: 2 } });
});

test('DynamoDB: an ended request is not tried again, and a client has the limits of its settings', async () => {
  const controller = new AbortController();
  answer(() => {
    controller.abort();
    throw Object.assign(new Error('ended'), { name: 'AbortError', code: 'ABORT_ERR' });
  });
  const client = new DynamoDBClient({ requestHandler: { requestTimeout: 5 } });
  await expect(client.send(new GetItemCommand({}), { abortSignal: controller.signal })).rejects.toMatchObject(
    { name: 'AbortError' },
  );
  expect(sent).toHaveLength(1);
  expect(await client.config.requestHandler.configProvider).toEqual({ requestTimeout: 5 });
});

test('DynamoDB: a middleware knows the command and changes the request', async () => {
  const client = new DynamoDBClient();
  const commands: string[] = [];
  client.middlewareStack.add((next, { commandName }) => (args) => {
    commands.push(commandName);
    return next(args);
  });
  answer(json(200, {}));
  await client.send(new PutItemCommand({}));
  expect(commands).toEqual(['PutItemCommand']);
});

describe('STS', () => {
  const xml = (statusCode: number, text: string, date = new Date().toUTCString()) => ({
    statusCode,
    headers: { date },
    body: Buffer.from(text),
  });
  const issued =
    '<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-01-01T00:00:00.000Z</Expiration></Credentials>';
  const send = (client = new STSClient()) => client.send(new AssumeRoleCommand({ RoleArn: 'arn' }), {});

  test('gives credentials', async () => {
    answer(xml(200, issued));
    expect(await send()).toMatchObject({
      Credentials: {
        AccessKeyId: 'A',
        SecretAccessKey: 's',
        SessionToken: 't',
        Expiration: new Date('2026'),
      },
    });
    expect(sent[0]?.body).toBe('Action=AssumeRole&RoleArn=arn');
  });

  test('gives the error of a refusal, once', async () => {
    answer(
      xml(403, '<Error><Code>AccessDenied</Code><Message>No.</Message></Error><RequestId>r</RequestId>'),
    );
    await expect(send()).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'No.',
      $metadata: { httpStatusCode: 403, requestId: 'r' },
    });
    expect(sent).toHaveLength(1);
  });

  test('signs with the clock of the last response, as the SDK does, even if it is absurd', async () => {
    const client = new STSClient();
    answer(
      xml(200, issued, 'Tue, 01 Jan 2030 00:00:00 GMT'),
      xml(200, issued, 'Sat, 13 Sep 275760 00:00:00 GMT'),
    );
    await send(client);
    await send(client);
    expect(sent[1]?.headers['x-amz-date']).toMatch(/^20300101T00000\dZ$/);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await expect(send(client)).rejects.toThrow(RangeError);
  });
});
