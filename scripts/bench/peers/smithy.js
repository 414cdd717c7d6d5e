// The AWS SDK's own signer, with its provider of assumed-role credentials.
import { Sha256 } from '@aws-crypto/sha256-js';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { memoize } from '@smithy/property-provider';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

const { API_URL, AWS_REGION, INVOKE_ROLE_ARN } = process.env;
const signer = new SignatureV4({
  service: 'execute-api',
  region: AWS_REGION,
  sha256: Sha256,
  // Clients of the SDK cache a provider's credentials in the same way.
  credentials: memoize(
    fromTemporaryCredentials({ params: { RoleArn: INVOKE_ROLE_ARN, RoleSessionName: 'smithy' } }),
    ({ expiration }) => expiration !== undefined && expiration.getTime() - Date.now() < 300_000,
    ({ expiration }) => expiration !== undefined,
  ),
});

export async function handler() {
  const url = new URL(`${API_URL}/messages`);
  const { method, headers, body } = await signer.sign(
    new HttpRequest({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { host: url.host, 'content-type': 'application/json' },
      body: JSON.stringify({ foo: 'bar' }),
    }),
  );
  const response = await fetch(url, { method, headers, body });
  return { status: response.status, body: await response.json() };
}
