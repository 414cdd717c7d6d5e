import { createApiClient } from '@cross-account-api/contract';
import { fakeApi } from '@cross-account-api/signed-fetch/testing';
import { operations } from '@cross-account-api/operations';
import { sendReport } from './send-report.ts';

const id = '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f';
const caller = {
  accountId: '111111111111',
  arn: 'arn:aws:sts::111111111111:assumed-role/invoke/caller',
  roleName: 'invoke',
  sessionName: 'caller',
};

test('two events for the same time send the same report with the same key', async () => {
  const api = fakeApi(({ body }) => ({ body: { id, received: body, caller, requestId: '1' } }));
  const client = createApiClient(api, operations);
  const event = { time: '2026-12-01T06:00:00Z' };
  for (const each of [event, event]) {
    expect(await sendReport(each, client)).toEqual({ day: '2026-12-01', id });
  }
  expect(api.calls.map(({ body, headers }) => [body, headers.get('Idempotency-Key')])).toEqual([
    [{ report: '2026-12-01' }, 'report-2026-12-01T06:00:00Z'],
    [{ report: '2026-12-01' }, 'report-2026-12-01T06:00:00Z'],
  ]);
});
