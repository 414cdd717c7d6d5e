// No library: node:https and node:crypto, with STS in the init phase.
import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:https';

const { API_URL, AWS_REGION, INVOKE_ROLE_ARN } = process.env;
const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
const agent = new Agent({ keepAlive: true });
let session;

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text, encoding) => createHmac('sha256', key).update(text).digest(encoding);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function sign({ host, path, service, type, body, keys }) {
  const now = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = now.slice(0, 8);
  const headers = { 'content-type': type, host, 'x-amz-date': now, 'x-amz-security-token': keys.token };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ['POST', path, '', lines.join(''), names, sha256(body)].join('\n');
  const scope = `${day}/${AWS_REGION}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', now, scope, sha256(canonical)].join('\n');
  const key = [day, AWS_REGION, service, 'aws4_request'].reduce(
    (last, part) => hmac(last, part),
    `AWS4${keys.secret}`,
  );
  const signature = hmac(key, text, 'hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${keys.id}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization, 'content-length': Buffer.byteLength(body) };
}

function post(of) {
  const { host, path, body } = of;
  return new Promise((resolve, reject) => {
    request({ host, path, method: 'POST', headers: sign(of), agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', reject);
    })
      .on('error', reject)
      .end(body);
  });
}

async function assumeRole() {
  const { text } = await post({
    host: `sts.${AWS_REGION}.amazonaws.com`,
    path: '/',
    service: 'sts',
    type: 'application/x-www-form-urlencoded',
    body: `Action=AssumeRole&Version=2011-06-15&RoleArn=${encodeURIComponent(INVOKE_ROLE_ARN)}&RoleSessionName=plain`,
    keys: { id: AWS_ACCESS_KEY_ID, secret: AWS_SECRET_ACCESS_KEY, token: AWS_SESSION_TOKEN },
  });
  const read = (name) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1];
  const keys = { id: read('AccessKeyId'), secret: read('SecretAccessKey'), token: read('SessionToken') };
  session = { keys, expiresAt: Date.parse(read('Expiration')) };
}

await assumeRole();
const { host, pathname } = new URL(`${API_URL}/messages`);

export async function handler() {
  if (session.expiresAt - Date.now() < 300_000) await assumeRole();
  const type = 'application/json';
  const body = JSON.stringify({ foo: 'bar' });
  const { status, text } = await post({
    host,
    path: pathname,
    service: 'execute-api',
    type,
    body,
    keys: session.keys,
  });
  return { status, body: JSON.parse(text) };
}
