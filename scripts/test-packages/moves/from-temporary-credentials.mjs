import { Sha256 } from '@aws-crypto/sha256-js';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { memoize } from '@smithy/property-provider';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

const { API_URL, API_REGION, INVOKE_ROLE_ARN, EXTERNAL_ID } = process.env;
const params = { RoleArn: INVOKE_ROLE_ARN, ExternalId: EXTERNAL_ID, RoleSessionName: 'caller' };
const signer = new SignatureV4({
  service: 'execute-api',
  region: API_REGION,
  sha256: Sha256,
  // Clients of the SDK keep the credentials of a provider in the same way.
  credentials: memoize(
    fromTemporaryCredentials({ params }),
    ({ expiration }) => expiration !== undefined && expiration.getTime() - Date.now() < 300_000,
    ({ expiration }) => expiration !== undefined,
  ),
});

export async function handler(event, { awsRequestId }) {
  const url = new URL(`${API_URL}/parcels`);
  const { method, headers, body } = await signer.sign(
    new HttpRequest({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { host: url.host, 'content-type': 'application/json', 'idempotency-key': awsRequestId },
      body: JSON.stringify(event),
    }),
  );
  const response = await fetch(url, { method, headers, body });
  if (!response.ok) throw new Error(`The API answered ${response.status}: ${await response.text()}`);
  return response.json();
}
