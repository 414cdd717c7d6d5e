import { createHash } from 'node:crypto';
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { callerScope } from '@cross-account-api/api-handler';
import { operations } from '@cross-account-api/contract';
import type { DeployedPair } from '../deployed-pair/deployed-pair.ts';
import type { OpenStage } from '../deployed-pair/open-stage.ts';
import { observeError } from './observe.ts';

/** A message that the API has executed and remembers under its idempotency key. */
export interface SentMessage {
  readonly idempotencyKey: string;
  /** Whom the API saw. */
  readonly callerArn: string;
}

/**
 * Deletes what the API remembers of messages. Without this, it would go by itself after 24 hours.
 * @returns why that was not possible, for a person; `undefined` if all is gone
 */
export async function forgetMessages(
  { api }: OpenStage,
  { pair, idempotencyTable: TableName }: DeployedPair,
  sent: readonly SentMessage[],
): Promise<string | undefined> {
  const { method, path } = operations.postMessage;
  const served = pair.api.routes.find((route) => route.method === method && route.path === path);
  const functionName = served?.functionArn?.split(':')[6];
  if (TableName === undefined || functionName === undefined || sent.length === 0) return undefined;
  const client = new DynamoDBClient(api.sdk);
  try {
    for (const message of sent) {
      const id = { S: itemId(functionName, message) };
      await client.send(new DeleteItemCommand({ TableName, Key: { id } }));
    }
    return undefined;
  } catch (error) {
    return `The ${sent.length} messages of these probes stay in the table ${TableName} until they expire, 24 hours from now: ${observeError(error).message}`;
  } finally {
    client.destroy();
  }
}

/** The key under which Powertools keeps a message in libs/api-handler. */
function itemId(functionName: string, { callerArn, idempotencyKey }: SentMessage): string {
  const hash = createHash('md5').update(JSON.stringify([callerScope(callerArn), idempotencyKey]));
  return `${functionName}#${hash.digest('base64')}`;
}
