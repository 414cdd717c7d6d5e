import type { ApiClient } from '@cross-account-api/contract';
import type { SignedFetch } from '@cross-account-api/signed-fetch';
import type { ScheduledEvent } from 'aws-lambda';
import type { operations } from '@cross-account-api/operations';

/** Sends the report of a day. `time` is the time for which the schedule was set, however late the invocation is. */
export async function sendReport(
  { time }: Pick<ScheduledEvent, 'time'>,
  client: ApiClient<SignedFetch, typeof operations>,
) {
  const day = time.slice(0, 10);
  // EventBridge may invoke twice for one time, and Lambda repeats a failed invocation. The API executes the call once.
  const { body } = await client.postMessage({ body: { report: day } }, { idempotencyKey: `report-${time}` });
  return { day, id: body.id };
}
