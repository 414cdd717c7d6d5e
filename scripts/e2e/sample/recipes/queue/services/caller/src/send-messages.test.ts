import { createApiClient } from '@cross-account-api/contract';
import { fakeApi } from '@cross-account-api/signed-fetch/testing';
import type { SQSRecord } from 'aws-lambda';
import { operations } from '@cross-account-api/operations';
import { sendMessages } from './send-messages.ts';

const id = '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f';
const caller = {
  accountId: '111111111111',
  arn: 'arn:aws:sts::111111111111:assumed-role/invoke/caller',
  roleName: 'invoke',
  sessionName: 'caller',
};

test('the answer names the records that the API refuses, and those that are not JSON', async () => {
  const api = fakeApi(({ body }) =>
    JSON.stringify(body) === '{"order":2}'
      ? { status: 400, body: { title: 'Bad Request' } }
      : { body: { id, received: body, caller, requestId: '1' } },
  );
  const records = ['{"order":1}', '{"order":2}', 'order 3'].map((body, index) => ({
    messageId: `record-${index + 1}`,
    body,
  }));
  const logger = { error: jest.fn() };
  expect(await sendMessages(records as SQSRecord[], createApiClient(api, operations), logger)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'record-2' }, { itemIdentifier: 'record-3' }],
  });
  expect(api.calls.map(({ headers }) => headers.get('Idempotency-Key'))).toEqual(['record-1', 'record-2']);
  expect(logger.error).toHaveBeenCalledTimes(2);
});
