import { readFileSync } from 'node:fs';
import { join } from 'node:path';
// Its tests run here.
import '../examples/get-message-test.ts';
import { DynamoDBClient, type GetItemCommand } from '@aws-sdk/client-dynamodb';
import { apiEvent, lambdaContext, session } from './event.testing.ts';
import { callerScope } from './index.ts';
import { collectLogs } from './logged.testing.ts';

collectLogs();

const folder = join(__dirname, '..');
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

test('the examples in the README are those that are type-checked and run', () => {
  expect([...read('README.md').matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code)).toEqual(
    [
      'get-message.ts',
      'several-routes.ts',
      'post-message.ts',
      'repeatable-effects.ts',
      'tenant.ts',
      'get-message-test.ts',
    ].map((name) => read(`examples/${name}`)),
  );
});

test('the tenant of a path is served to its caller only', async () => {
  jest.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(async (command) => {
    const { Key } = (command as GetItemCommand).input;
    const isTheirs = Key?.tenant?.S === 'blue' && Key.caller?.S === callerScope(session);
    return isTheirs ? { Item: Key } : {};
  });
  const { handler } = await import('../examples/tenant.ts');
  const statusOf = async (tenant: string, userArn = session) =>
    (await handler(apiEvent({ httpMethod: 'GET', pathParameters: { tenant }, userArn }), lambdaContext()))
      .statusCode;
  expect(await statusOf('blue')).toBe(200);
  expect(await statusOf('red')).toBe(404);
  expect(await statusOf('blue', `${callerScope(session)}.billing/caller`)).toBe(404);
  jest.restoreAllMocks();
});
