import type { ApiClient, JsonObject } from '@cross-account-api/contract';
import type { SignedFetch } from '@cross-account-api/signed-fetch';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { operations } from '@cross-account-api/operations';

/**
 * Sends the body of each record as a message.
 * @returns the records that failed: SQS delivers them again, and Lambda deletes all others
 */
export async function sendMessages(
  records: readonly SQSRecord[],
  client: ApiClient<SignedFetch, typeof operations>,
  logger: Pick<Console, 'error'>,
): Promise<SQSBatchResponse> {
  const results = await Promise.allSettled(
    records.map(async ({ messageId, body }) => {
      const message: JsonObject = JSON.parse(body);
      // Each delivery of a record has the same ID, so the API executes the call once.
      await client.postMessage({ body: message }, { idempotencyKey: messageId });
    }),
  );
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const [index, { messageId }] of records.entries()) {
    const result = results[index];
    if (result?.status !== 'rejected') continue;
    logger.error('record failed', { messageId, error: result.reason });
    batchItemFailures.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures };
}
