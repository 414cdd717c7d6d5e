import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { splitFunctionArn } from '@cross-account-api/iam';
import type { ApiFacts } from '@cross-account-api/iam/explanation';
import type { Account } from '../../aws/account.ts';
import { observeError } from '../../probes/observe.ts';
import type { SentMessage } from '../../probes/prober.ts';
import { idempotencyItemId } from '../../stage/idempotency-item.ts';

/**
 * Deletes the API's records of messages. They would expire after 24 hours.
 * @param account of the API
 * @returns the reason for a person if that was not possible; `undefined` if all records are gone
 */
export async function forgetMessages(
  account: Account,
  {
    api,
    idempotencyTable: TableName,
  }: { readonly api: ApiFacts; readonly idempotencyTable: string | undefined },
  sent: readonly SentMessage[],
): Promise<string | undefined> {
  if (TableName === undefined || sent.length === 0) return undefined;
  const client = new DynamoDBClient(account.sdk);
  try {
    for (const { operation, ...message } of sent) {
      const { method, path } = operation;
      const served = api.routes.find((route) => route.method === method && route.path === path);
      if (served?.functionArn === undefined) continue;
      const { name: functionName } = splitFunctionArn(served.functionArn);
      const id = { S: idempotencyItemId({ functionName, ...message }) };
      await client.send(new DeleteItemCommand({ TableName, Key: { id } }));
    }
    return undefined;
  } catch (error) {
    return `The ${sent.length} messages of these probes stay in the table ${TableName} until they expire, 24 hours from now: ${observeError(error).message}`;
  } finally {
    client.destroy();
  }
}
