// The SDK's STS client and aws4fetch, put together by hand, with STS in the init phase.
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { AwsClient } from 'aws4fetch';

const { API_URL, AWS_REGION, INVOKE_ROLE_ARN } = process.env;
const sts = new STSClient({});
let assumed;

async function assumeRole() {
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: INVOKE_ROLE_ARN, RoleSessionName: 'sts' }),
  );
  const client = new AwsClient({
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
    service: 'execute-api',
    region: AWS_REGION,
  });
  assumed = { client, expiresAt: Credentials.Expiration.getTime() };
}

await assumeRole();

export async function handler() {
  if (assumed.expiresAt - Date.now() < 300_000) await assumeRole();
  const response = await assumed.client.fetch(`${API_URL}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ foo: 'bar' }),
  });
  return { status: response.status, body: await response.json() };
}
