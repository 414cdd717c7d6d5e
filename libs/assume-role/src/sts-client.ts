import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from '@aws-sdk/client-sts';
import type { RoleCredentials } from './types.ts';

/** The part of `STSClient` that is used. */
export type StsClient = Pick<STSClient, 'send'>;

const clients = new Map<string, StsClient>();

/**
 * The STS client of a region; roles in one region share it.
 *
 * - The regional endpoint is the SDK's default: nearer, and independent of us-east-1.
 * - `maxAttempts: 1`: the SDK retries without knowing the invocation's remaining time, so it must not.
 * - No keep-alive: with one request an hour a kept socket is always a stale one.
 */
export function stsClient(region: string): StsClient {
  let client = clients.get(region);
  if (client === undefined) {
    const agent = { keepAlive: false };
    client = new STSClient({
      region,
      maxAttempts: 1,
      requestHandler: { httpsAgent: agent, httpAgent: agent },
    });
    clients.set(region, client);
  }
  return client;
}

/**
 * Asks STS once.
 * @throws what the client throws; an error named `InvalidResponse` where the answer has no credentials
 */
export async function requestCredentials(
  client: StsClient,
  request: AssumeRoleCommandInput,
  abortSignal: AbortSignal,
): Promise<RoleCredentials> {
  const { Credentials: answer } = await client.send(new AssumeRoleCommand(request), { abortSignal });
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !(Expiration instanceof Date)) {
    throw Object.assign(new Error('STS answered without complete credentials'), { name: 'InvalidResponse' });
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}
