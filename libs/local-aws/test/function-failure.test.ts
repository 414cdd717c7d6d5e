import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { A, type Running, startRunning } from './running.testing.ts';
import { apiResources, functionResource, permission, serviceRole } from './template.testing.ts';

let running: Running;
let apiId: string;
beforeAll(async () => {
  running = await startRunning();
  const functions = {
    Loads: `throw new ReferenceError('__dirname is not defined in ES module scope');`,
    Throws: `exports.handler = async () => { throw new TypeError('no such order'); };`,
    Logs: `exports.handler = async () => {
      try { JSON.parse('{'); } catch (error) { console.error('failed', error); }
      return { statusCode: 500, body: '{}' };
    };`,
    Recovers: `exports.handler = async () => {
      console.error(new Error('tries again'));
      return { statusCode: 200, body: '{}' };
    };`,
    Answers: `exports.handler = async () => 'text';`,
    Refuses: `exports.handler = async () => ({
      statusCode: 413,
      headers: { 'Content-Type': 'application/problem+json' },
      body: JSON.stringify({ title: 'Content Too Large', status: 413, detail: 'The body has 9 bytes.' }),
    });`,
    Ends: `exports.handler = async () => process.exit(3);`,
  };
  const names = Object.keys(functions);
  const { Api = '' } = await running.deploy(A, 'failures', {
    Resources: {
      Role: serviceRole('lambda.amazonaws.com'),
      ...apiResources(
        'Api',
        names.map((functionId) => ({ route: `GET /${functionId}`, functionId })),
      ),
      ...Object.fromEntries(
        Object.entries(functions).flatMap(([name, code]) => [
          [name, functionResource('Role', code)],
          [`${name}Permission`, permission(name, {})],
        ]),
      ),
    },
    Outputs: { Api: { Value: { Ref: 'Api' } } },
  });
  apiId = Api;
});
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

/** Calls a route. @returns the status, and the failure in the trace */
async function call(name: string) {
  const host = `${apiId}.execute-api.us-east-1.amazonaws.com`;
  const { answer, event } = await running.call(
    { method: 'GET', host, path: `/dev/${name}`, service: 'execute-api' },
    running.administrator(A),
  );
  return { status: answer.status, failure: event.failure };
}

test('the trace has the routes of the stage for a request that none matches, whose path is without the stage', async () => {
  const host = `${apiId}.execute-api.us-east-1.amazonaws.com`;
  const { event } = await running.send({ method: 'GET', path: '/dev/nowhere', headers: { host }, body: '' });
  expect(event).toMatchObject({
    operation: 'GET /nowhere',
    routes: [
      'GET /Answers',
      'GET /Ends',
      'GET /Loads',
      'GET /Logs',
      'GET /Recovers',
      'GET /Refuses',
      'GET /Throws',
    ],
  });
});

const ofFunction = (name: string) => expect.stringMatching(new RegExp(`:function:failures-${name}-`));

test('the trace has the error that a function threw while it was loaded', async () => {
  expect(await call('Loads')).toEqual({
    status: 502,
    failure: {
      functionArn: ofFunction('Loads'),
      errorType: 'ReferenceError',
      errorMessage: '__dirname is not defined in ES module scope',
      stack: expect.arrayContaining([expect.stringMatching(/^at .*index\.js:1:\d+/)]),
      files: { 'index.js': expect.stringMatching(/^[0-9a-f]{64}$/) },
    },
  });
});

test('the trace has the error that a handler threw, also if it was invoked directly', async () => {
  const failure = {
    functionArn: ofFunction('Throws'),
    errorType: 'TypeError',
    errorMessage: 'no such order',
    stack: expect.arrayContaining([expect.stringMatching(/^at .*index\.js:1:\d+/)]),
    files: { 'index.js': expect.stringMatching(/^[0-9a-f]{64}$/) },
  };
  const called = await call('Throws');
  expect(called).toEqual({ status: 502, failure });
  using lambda = {
    client: new LambdaClient(running.sdk(A)),
    [Symbol.dispose]() {
      this.client.destroy();
    },
  };
  const { $metadata } = await lambda.client.send(
    new InvokeCommand({ FunctionName: called.failure?.functionArn }),
  );
  expect(running.aws.trace.find(String($metadata.requestId))?.failure).toEqual(failure);
});

test('the trace has the error that a function logged before it answered 500', async () => {
  expect(await call('Logs')).toEqual({
    status: 500,
    failure: {
      functionArn: ofFunction('Logs'),
      errorType: 'SyntaxError',
      errorMessage: expect.stringContaining('JSON'),
      stack: expect.arrayContaining([expect.stringMatching(/^at .*index\.js:2:\d+/)]),
      files: { 'index.js': expect.stringMatching(/^[0-9a-f]{64}$/) },
    },
  });
});

test('an error that a function logged and recovered from is no failure', async () => {
  expect(await call('Recovers')).toEqual({ status: 200, failure: undefined });
});

test('the trace says why an answer of a function is not one that API Gateway takes', async () => {
  expect(await call('Answers')).toEqual({
    status: 502,
    failure: {
      functionArn: ofFunction('Answers'),
      errorType: 'Malformed Lambda proxy response',
      errorMessage: 'it is not a JSON object',
      stack: [],
    },
  });
});

test('the trace has the detail of the problem document with which a function refused a request', async () => {
  const host = `${apiId}.execute-api.us-east-1.amazonaws.com`;
  const { event } = await running.call(
    { method: 'GET', host, path: '/dev/Refuses', service: 'execute-api' },
    running.administrator(A),
  );
  expect(event).toMatchObject({ status: 413, errorMessage: 'The body has 9 bytes.' });
  expect(event.failure).toBeUndefined();
});

test('the trace says that a function has ended its process', async () => {
  expect(await call('Ends')).toMatchObject({
    status: 502,
    failure: {
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/exit status 3$/),
      stack: [],
    },
  });
});
