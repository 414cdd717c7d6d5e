import { createHash, createHmac } from 'node:crypto';
import aws4 from 'aws4';
import type { Credential } from '../core/credential.ts';
import type { AwsRequest } from '../core/request.ts';
import type { AuthenticationOutcome } from './outcome.ts';
import {
  awsRequest,
  testCredential as permanent,
  signRequest,
  temporaryTestCredential as temporary,
  testRules,
  testTime,
} from './signed-requests.testing.ts';
import { withHeader } from './verification.testing.ts';
import { authenticate } from './verification.ts';

const body = '{"foo": "bar"}';
const host = 'abc123.execute-api.eu-west-1.amazonaws.com';
const timestamp = '20260101T120000Z';
const token = temporary.sessionToken ?? '';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The headers that clients send. */
const sent = {
  accept: '*/*',
  'content-type': 'application/json',
  host,
  'x-amz-content-sha256': sha256(body),
  'x-amz-date': timestamp,
  'x-amz-security-token': token,
} as const;
type Name = keyof typeof sent;

/** Signs a POST, as the clients below do, with none of this library's code. */
function form(signed: readonly Name[], unsigned: readonly Name[], service = 'execute-api'): AwsRequest {
  const scope = ['20260101', 'eu-west-1', service, 'aws4_request'];
  const lines = signed.map((name) => `${name}:${sent[name]}\n`).join('');
  const canonical = `POST\n/dev/messages\n\n${lines}\n${signed.join(';')}\n${sha256(body)}`;
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${temporary.secretAccessKey}`);
  const toSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope.join('/')}\n${sha256(canonical)}`;
  const signature = hmac(key, toSign).toString('hex');
  const credential = `Credential=${temporary.accessKeyId}/${scope.join('/')}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signed.join(';')}, Signature=${signature}`;
  const names = [...signed, ...unsigned].filter((name) => name !== 'host');
  return awsRequest({
    method: 'POST',
    host,
    rawPath: '/dev/messages',
    body,
    headers: [...names.map((name) => [name, sent[name]] as const), ['authorization', authorization]],
  });
}

/** Postman signs with aws4, and gives it the hash of the body instead of the body. */
function viaPostman(): AwsRequest {
  const { accessKeyId, secretAccessKey } = temporary;
  const signed = aws4.sign(
    {
      host,
      method: 'POST',
      path: '/dev/messages',
      service: 'execute-api',
      region: 'eu-west-1',
      headers: {
        'Content-Type': 'application/json',
        'X-Amz-Content-Sha256': sha256(body),
        'X-Amz-Date': timestamp,
        'User-Agent': 'PostmanRuntime/7.53.0',
      },
    },
    { accessKeyId, secretAccessKey, sessionToken: token },
  );
  const headers = Object.entries(signed.headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => name !== 'host');
  return awsRequest({ method: 'POST', host, rawPath: '/dev/messages', body, headers });
}

function verify(request: AwsRequest, service = 'execute-api'): AuthenticationOutcome {
  const findCredential = (id: string): Credential | undefined =>
    [permanent, temporary].find(({ accessKeyId }) => accessKeyId === id);
  return authenticate(request, testRules(service), { findCredential }, { now: () => testTime });
}

const kindOf = (outcome: AuthenticationOutcome) =>
  outcome.authenticated ? 'authenticated' : outcome.failure.kind;

/** The form of aws_requests_auth whose caller adds the session token as a header. */
const tokenAdded = () => form(['host', 'x-amz-date'], ['x-amz-content-sha256', 'x-amz-security-token']);

/** The form of AWS's examples without an SDK. */
const hostOnly = () => form(['host'], ['x-amz-date', 'x-amz-security-token']);

// The headers that each client signs and sends are those of its source.
test.each<readonly [client: string, source: string, request: () => AwsRequest]>([
  [
    'aws_requests_auth without aws_token',
    'https://github.com/DavidMuller/aws-requests-auth/blob/master/aws_requests_auth/aws_auth.py',
    tokenAdded,
  ],
  [
    'aws_requests_auth with aws_token, and of awscurl before 0.38',
    'https://github.com/okigan/awscurl/blob/v0.37/awscurl/awscurl.py',
    () => form(['host', 'x-amz-date', 'x-amz-security-token'], ['accept', 'x-amz-content-sha256']),
  ],
  [
    'awscurl since 0.38',
    'https://github.com/okigan/awscurl/blob/v0.44/awscurl/awscurl.py',
    () =>
      form(
        ['content-type', 'host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'],
        ['accept'],
      ),
  ],
  [
    'requests-aws4auth',
    'https://github.com/tedder/requests-aws4auth/blob/master/requests_aws4auth/aws4auth.py',
    () => form(['content-type', 'host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'], []),
  ],
  [
    'the SDK that API Gateway generates for JavaScript',
    'https://github.com/auth0-blog/apigateway-blog/blob/master/lib/apiGatewayCore/sigV4Client.js',
    () => form(['accept', 'host', 'x-amz-date'], ['content-type', 'x-amz-security-token']),
  ],
  [
    'the examples of AWS without an SDK for Python and Ruby',
    'https://github.com/aws-samples/sigv4-signing-examples/blob/main/no-sdk/python/main.py',
    hostOnly,
  ],
  [
    'Postman',
    'https://github.com/postmanlabs/postman-runtime/blob/develop/lib/authorizer/aws4.js',
    viaPostman,
  ],
])('execute-api takes the form of %s (%s).', (_client, _source, request) => {
  expect(verify(request())).toMatchObject({ authenticated: true, credential: temporary });
});

test('execute-api compares an unsigned session token with the token of the key.', () => {
  const request = withHeader(tokenAdded(), 'x-amz-security-token', `${token}x`);
  expect(kindOf(verify(request))).toBe('invalid-token');
  // "The security token included in the request is invalid.": https://github.com/kndt84/aws-api-gateway-client/issues/31
  const ofUser = signRequest({ host, body }, permanent, { service: 'execute-api', region: 'eu-west-1' });
  expect(kindOf(verify(withHeader(ofUser, 'x-amz-security-token', 'undefined')))).toBe('invalid-token');
});

test.each([
  ['another body', (request: AwsRequest) => ({ ...request, body: Buffer.from('{}') }), 'signature-mismatch'],
  [
    'another body with its hash',
    (request: AwsRequest) =>
      withHeader({ ...request, body: Buffer.from('{}') }, 'x-amz-content-sha256', sha256('{}')),
    'signature-mismatch',
  ],
  [
    'another body that is declared unsigned',
    (request: AwsRequest) =>
      withHeader({ ...request, body: Buffer.from('{}') }, 'x-amz-content-sha256', 'UNSIGNED-PAYLOAD'),
    'signature-mismatch',
  ],
  [
    'the hash of another body',
    (request: AwsRequest) => withHeader(request, 'x-amz-content-sha256', sha256('{}')),
    'payload-mismatch',
  ],
] as const)('execute-api refuses %s, though x-amz-content-sha256 is not signed.', (_what, change, kind) => {
  expect(kindOf(verify(change(tokenAdded())))).toBe(kind);
});

test('execute-api refuses every other header x-amz-* that is not signed.', () => {
  for (const name of ['x-amz-acl', 'x-amz-security-tokens', 'x-amz-target', 'x-amz-']) {
    expect(verify(withHeader(tokenAdded(), name, '1'))).toMatchObject({
      authenticated: false,
      failure: { kind: 'unsigned-header', message: expect.stringMatching(new RegExp(`^'${name}' must be`)) },
    });
  }
});

test('execute-api refuses another date, though x-amz-date is not signed: the string to sign has it.', () => {
  const later = withHeader(hostOnly(), 'x-amz-date', '20260101T120001Z');
  expect(kindOf(verify(later))).toBe('signature-mismatch');
});

test('a presigned URL must sign the session token and x-amz-content-sha256 of its headers.', () => {
  const signing = { service: 'execute-api', region: 'eu-west-1', expiresSeconds: 60 };
  const { sessionToken: _, ...withoutToken } = temporary;
  const url = signRequest({ host, body }, withoutToken, signing);
  expect(kindOf(verify(withHeader(url, 'x-amz-security-token', token)))).toBe('unsigned-header');
  const complete = signRequest({ host, body }, temporary, signing);
  expect(kindOf(verify(complete))).toBe('authenticated');
  expect(kindOf(verify(withHeader(complete, 'x-amz-content-sha256', sha256(body))))).toBe('unsigned-header');
});

test.each(['sts', 'iam', 's3', 'lambda', 'cloudformation', 'dynamodb', 'apigateway', 'logs', 'ssm'])(
  '%s refuses an unsigned session token, x-amz-content-sha256 and x-amz-date.',
  (service) => {
    const signed = (names: readonly Name[], others: readonly Name[]) =>
      kindOf(verify(form(names, others, service), service));
    expect(signed(['host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'], [])).toBe(
      'authenticated',
    );
    expect(signed(['host', 'x-amz-content-sha256', 'x-amz-date'], ['x-amz-security-token'])).toBe(
      'unsigned-header',
    );
    expect(signed(['host', 'x-amz-date', 'x-amz-security-token'], ['x-amz-content-sha256'])).toBe(
      'unsigned-header',
    );
    expect(signed(['host', 'x-amz-content-sha256', 'x-amz-security-token'], ['x-amz-date'])).toBe(
      'unsigned-header',
    );
  },
);
