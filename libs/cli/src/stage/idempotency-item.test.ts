import { apiHandler } from '@cross-account-api/api-handler';
import { idempotencyTable } from '@cross-account-api/api-handler/idempotency';
import { apiEvent, lambdaContext } from '../../../api-handler/src/event.testing.ts';
import { startFakeTable } from '../../../api-handler/src/idempotency/fake-table.testing.ts';
import { collectLogs } from '../../../api-handler/src/logged.testing.ts';
import { idempotencyItemId } from './idempotency-item.ts';

collectLogs();

const functionName = 'orders-dev-create';
beforeAll(() => {
  process.env.AWS_LAMBDA_FUNCTION_NAME = functionName;
});
afterAll(() => {
  delete process.env.AWS_LAMBDA_FUNCTION_NAME;
});

test.each([
  ['a session of a role', 'arn:aws:sts::111111111111:assumed-role/invoke/caller'],
  ['a user', 'arn:aws:iam::111111111111:user/team/alice'],
])('the key of a request by %s is the one under which libs/api-handler keeps it', async (_who, callerArn) => {
  // The clock stands still, so that the function's time does not run out on a busy machine.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'] });
  const table = await startFakeTable();
  try {
    const operation = { method: 'POST', path: '/orders', status: 204, idempotencyKey: true } as const;
    const handler = apiHandler(operation, async () => ({}), {
      idempotency: idempotencyTable({ tableName: 'table' }),
    });
    const event = apiEvent({ headers: { 'Idempotency-Key': 'key' }, userArn: callerArn });
    expect(await handler(event, lambdaContext())).toMatchObject({ statusCode: 204 });
    const id = idempotencyItemId({ functionName, idempotencyKey: 'key', callerArn });
    expect([...table.items.keys()]).toEqual([id]);
  } finally {
    table.close();
    jest.useRealTimers();
  }
});
