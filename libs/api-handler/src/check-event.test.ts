import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { apiEvent, lambdaContext } from './event.testing.ts';
import { apiHandler, apiHandlers } from './index.ts';
import { collectLogs } from './logged.testing.ts';

const logged = collectLogs();

const one = apiHandler({ method: 'GET', path: '/messages', status: 204 }, async () => {});
const handlers = [one, apiHandlers(one)];

/** What the invoker sees, and Lambda logs. */
async function failuresOf(event: unknown): Promise<readonly string[]> {
  return Promise.all(
    handlers.map((handler) => handler(event as never, lambdaContext()).then(JSON.stringify, String)),
  );
}

test.each<[what: string, event: unknown, says: RegExp]>([
  ['an empty event', {}, /is empty\. To try a handler by hand, call its route/],
  ['no event', null, /is null\./],
  ['a text', 'hello', /is a string\./],
  // The template "hello-world" of the Lambda console.
  ['the console’s test button', { key1: 'value1', key2: 'value2', key3: 'value3' }, /console's test button/],
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
  [
    'an HTTP API, format 2.0',
    {
      version: '2.0',
      routeKey: '$default',
      rawPath: '/my/path',
      requestContext: {
        accountId: '123456789012',
        domainName: 'id.execute-api.us-east-1.amazonaws.com',
        http: { method: 'POST', path: '/my/path' },
        requestId: 'id',
      },
    },
    /format 2\.0, from an HTTP API\. Set payloadFormatVersion to 1\.0/,
  ],
  // https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
  [
    'a function URL',
    {
      version: '2.0',
      requestContext: {
        domainName: '<url-id>.lambda-url.us-west-2.on.aws',
        http: { method: 'POST' },
        requestId: 'id',
      },
    },
    /from a function URL/,
  ],
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
  [
    'a load balancer',
    {
      requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:region:1:targetgroup/my/1' } },
      httpMethod: 'GET',
      path: '/',
      headers: {},
      isBase64Encoded: false,
    },
    /load balancer, which verifies no IAM signature/,
  ],
  // https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and with-sns.html
  ['a queue', { Records: [{ eventSource: 'aws:sqs', body: 'private' }] }, /records from aws:sqs/],
  ['a topic', { Records: [{ EventSource: 'aws:sns', Sns: {} }] }, /records from aws:sns/],
  [
    'EventBridge',
    { version: '0', 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} },
    /EventBridge, from aws\.events/,
  ],
  ['an authorizer', { type: 'TOKEN', methodArn: 'arn', authorizationToken: 'private' }, /authorizer/],
  ['a WebSocket API', { requestContext: { connectionId: 'a', requestId: 'b', identity: {} } }, /WebSocket/],
  ['something else', { operation: 'private' }, /none that is known: it has the members operation\./],
])(
  'a handler that gets %s fails with a sentence that says so, and shows no value',
  async (_what, event, says) => {
    for (const failure of await failuresOf(event)) {
      expect(failure).toMatch(/^UnknownEvent: This handler answers requests to an API Gateway/);
      expect(failure).toMatch(says);
      expect(failure).not.toContain('private');
    }
  },
);

test('any other event fails with such a sentence, too, and never with a TypeError', async () => {
  const events = fc.oneof(
    fc.jsonValue(),
    fc.record({ httpMethod: fc.jsonValue(), requestContext: fc.jsonValue(), Records: fc.jsonValue() }),
  );
  await fc.assert(
    fc.asyncProperty(events, async (event) => {
      for (const failure of await failuresOf(event)) expect(failure).toMatch(/^UnknownEvent: /);
    }),
  );
});

test('an event of API Gateway from another realm is answered: Lambda and tests may parse it there', async () => {
  const event = runInNewContext(`(${JSON.stringify(apiEvent({ httpMethod: 'GET' }))})`);
  expect(event instanceof Object).toBe(false);
  for (const handler of handlers)
    expect(await handler(event, lambdaContext())).toMatchObject({ statusCode: 204 });
  expect(logged).toHaveLength(2);
});
