import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { createSignedFetcher } from 'aws-sigv4-fetch';

const { API_URL, API_REGION, INVOKE_ROLE_ARN, EXTERNAL_ID } = process.env;
const params = { RoleArn: INVOKE_ROLE_ARN, ExternalId: EXTERNAL_ID, RoleSessionName: 'caller' };
const signedFetch = createSignedFetcher({
  service: 'execute-api',
  region: API_REGION,
  credentials: fromTemporaryCredentials({ params }),
});

export async function handler(event, { awsRequestId }) {
  const response = await signedFetch(`${API_URL}/parcels`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': awsRequestId },
    body: JSON.stringify(event),
  });
  if (!response.ok) throw new Error(`The API answered ${response.status}: ${await response.text()}`);
  return response.json();
}
