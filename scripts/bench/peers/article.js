// As in the article: AssumeRole in every invocation, with the whole AWS SDK (version 2, which has no smaller parts).
import AWS from 'aws-sdk';

const { API_URL, AWS_REGION, INVOKE_ROLE_ARN } = process.env;
const sts = new AWS.STS({ region: AWS_REGION });

export async function handler() {
  const { Credentials } = await sts
    .assumeRole({ RoleArn: INVOKE_ROLE_ARN, RoleSessionName: 'article' })
    .promise();
  const url = new URL(`${API_URL}/messages`);
  const request = new AWS.HttpRequest(new AWS.Endpoint(url.href), AWS_REGION);
  request.method = 'POST';
  request.path = url.pathname;
  request.headers.host = url.host;
  request.headers['content-type'] = 'application/json';
  request.body = JSON.stringify({ foo: 'bar' });
  const credentials = new AWS.Credentials(
    Credentials.AccessKeyId,
    Credentials.SecretAccessKey,
    Credentials.SessionToken,
  );
  new AWS.Signers.V4(request, 'execute-api').addAuthorization(credentials, new Date());
  const { host, ...headers } = request.headers;
  const response = await fetch(url, { method: 'POST', headers, body: request.body });
  return { status: response.status, body: await response.json() };
}
