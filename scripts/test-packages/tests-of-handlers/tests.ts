import assert from 'node:assert/strict';
import { AssumeRoleDenied } from '@cross-account-api/assume-role';
import { fakeRole } from '@cross-account-api/assume-role/testing';
import { createApiClient } from '@cross-account-api/contract';
import { isSignedFetchError } from '@cross-account-api/signed-fetch';
import { fakeApi } from '@cross-account-api/signed-fetch/testing';
import { operations, report, sendOrder } from './send-order.ts';

// The check adds the import of `test`, which Jest has as a global, and the examples of the READMEs.

test('the example of signed-fetch', async () => {
  // README of signed-fetch
});

test('the example of assume-role', async () => {
  const event = {};
  // README of assume-role
  assert.match(await report(event, { assumedRole: fakeRole() }), /^ASIA/);
});

test('the example of contract', async () => {
  // README of contract
});

test('a role that STS refuses throws its error', async () => {
  const roleArn = 'arn:aws:iam::111111111111:role/invoke';
  const denied = new AssumeRoleDenied({ roleArn, caller: undefined, requestId: '1' }, true);
  await assert.rejects(report({}, { assumedRole: fakeRole(denied) }), (error) => error === denied);
});

test('the errors are the real ones, and a call is repeated if the test says so', async () => {
  const refusing = fakeApi(() => ({ status: 403, body: { message: 'no' } }));
  await assert.rejects(sendOrder({ orderId: '7' }, refusing), (error) => {
    return isSignedFetchError(error) && error.code === 'AccessDenied';
  });
  const answers = [{ status: 503 }, { body: { id: '2' } }];
  const failing = fakeApi(() => answers.shift() ?? { status: 500 }, {
    retry: { maxAttempts: 2, baseDelayMs: 1 },
  });
  assert.deepEqual(await sendOrder({ orderId: '7' }, failing), { id: '2' });
  assert.deepEqual(
    failing.calls.map(({ headers }) => headers.get('idempotency-key')),
    ['7', '7'],
  );
});

test('a response that breaks the contract is refused', async () => {
  const client = createApiClient(
    fakeApi(() => ({ status: 201, body: { id: 1 } })),
    operations,
  );
  await assert.rejects(client.postOrder({ body: { items: [] } }), { code: 'InvalidResponse' });
});
