// aws4fetch alone, which signs the request to STS as well.
import { AwsClient } from 'aws4fetch';

const { API_URL, AWS_REGION, INVOKE_ROLE_ARN } = process.env;
const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
const stsUrl = `https://sts.${AWS_REGION}.amazonaws.com`;
const own = new AwsClient({
  accessKeyId: AWS_ACCESS_KEY_ID,
  secretAccessKey: AWS_SECRET_ACCESS_KEY,
  sessionToken: AWS_SESSION_TOKEN,
  service: 'sts',
  region: AWS_REGION,
});
let assumed;

export async function assumeRole() {
  const parameters = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: INVOKE_ROLE_ARN,
    RoleSessionName: 'aws4fetch',
  });
  const response = await own.fetch(stsUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: parameters.toString(),
  });
  const xml = await response.text();
  const read = (name) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
  const client = new AwsClient({
    accessKeyId: read('AccessKeyId'),
    secretAccessKey: read('SecretAccessKey'),
    sessionToken: read('SessionToken'),
    service: 'execute-api',
    region: AWS_REGION,
  });
  assumed = { client, expiresAt: Date.parse(read('Expiration')) };
}

export async function handler() {
  if (assumed === undefined || assumed.expiresAt - Date.now() < 300_000) await assumeRole();
  const response = await assumed.client.fetch(`${API_URL}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ foo: 'bar' }),
  });
  return { status: response.status, body: await response.json() };
}
