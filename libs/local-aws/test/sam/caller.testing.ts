import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { AwsClient } from 'aws4fetch';

const { IAM_ROLE_ARN, API_URL = '', AWS_REGION = '' } = process.env;

/** Assumes the role on every invocation, and calls the API with its credentials. */
export async function handler() {
  const sts = new STSClient();
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: IAM_ROLE_ARN, RoleSessionName: 'session' }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  const client = new AwsClient({
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    region: AWS_REGION,
    service: 'execute-api',
    retries: 0,
  });
  const response = await client.fetch(API_URL, { method: 'POST', body: JSON.stringify({ foo: 'bar' }) });
  return { status: response.status, body: await response.text() };
}
