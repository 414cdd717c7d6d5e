import type { AwsError } from '../core/errors.ts';
import type { AwsRequest } from '../core/request.ts';
import type { Endpoint } from '../pipeline/endpoint.ts';
import { createEndpointSelector, serviceOfHost } from './select-endpoint.ts';

test.each([
  ['sts.amazonaws.com', 'sts'],
  ['sts.eu-west-1.amazonaws.com', 'sts'],
  ['STS.eu-west-1.amazonaws.com:443', 'sts'],
  ['abc123.execute-api.eu-west-1.amazonaws.com', 'execute-api'],
  ['s3.amazonaws.com', 's3'],
  ['s3-eu-west-1.amazonaws.com', 's3'],
  ['my.bucket.s3.eu-west-1.amazonaws.com', 's3'],
  ['monitoring.eu-west-1.amazonaws.com', 'cloudwatch'],
  ['eu-west-1.queue.amazonaws.com', 'sqs'],
  ['queue.amazonaws.com', 'sqs'],
  ['monitoring.eusc-de-east-1.amazonaws.eu', 'cloudwatch'],
  ['sts.us-iso-east-1.c2s.ic.gov', 'sts'],
  ['lambda.eu-west-1.api.aws', 'lambda'],
  ['127.0.0.1:4566', undefined],
  ['sts.amazonaws.com.example.org', undefined],
])('the host %s belongs to the service %s', (host, service) => {
  expect(serviceOfHost(host)).toBe(service);
});

const request = (given: Partial<AwsRequest>): AwsRequest => ({
  requestId: 'r',
  method: 'POST',
  host: '127.0.0.1:4566',
  rawPath: '/',
  rawQuery: '',
  headers: [],
  body: Buffer.alloc(0),
  sourceIp: '127.0.0.1',
  secureTransport: true,
  receivedAt: new Date(),
  ...given,
});
const signedFor = (service: string) => [
  ['x-amz-date', '20260101T000000Z'] as const,
  [
    'authorization',
    `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
  ] as const,
];
const sts = { signingName: 'sts' } as Endpoint;
const select = createEndpointSelector([sts]);

test('a request to the address of local AWS goes to the service of its credential scope', () => {
  expect(select(request({ headers: signedFor('sts') }))).toBe(sts);
});

test('a service in the host overrides the one in the credential scope', () => {
  expect(select(request({ host: 'sts.amazonaws.com', headers: signedFor('lambda') }))).toBe(sts);
});

test('a request to a custom domain goes to its service, even if the credential scope names another one', () => {
  const answersFor = (host: string): boolean => host === 'api.example.com';
  const owner = { signingName: 'execute-api', answersFor } as unknown as Endpoint;
  const selectOwner = createEndpointSelector([sts, owner]);
  expect(selectOwner(request({ host: 'API.example.com:443', headers: signedFor('sts') }))).toBe(owner);
  expect(selectOwner(request({ host: 'sts.amazonaws.com' }))).toBe(sts);
});

test('among services of one signing name, the path decides', () => {
  const first = { signingName: 'apigateway' } as Endpoint;
  const second = { signingName: 'apigateway', pathPrefix: '/v2/' } as Endpoint;
  const headers = signedFor('apigateway');
  for (const choose of [createEndpointSelector([first, second]), createEndpointSelector([second, first])]) {
    expect(choose(request({ headers, rawPath: '/restapis' }))).toBe(first);
    expect(choose(request({ headers, rawPath: '/v2/apis' }))).toBe(second);
    expect(choose(request({ host: 'apigateway.eu-west-1.amazonaws.com', rawPath: '/v2/apis' }))).toBe(second);
  }
});

test('an unsigned request that does not name its service is answered with a missing token', () => {
  const unsigned = request({});
  expect(() => select(unsigned).route(unsigned)).toThrow(
    expect.objectContaining({ code: 'MissingAuthenticationTokenException' }),
  );
});

test.each([
  [[['x-amz-target', 'AWSCognitoIdentityProviderService.InitiateAuth']], '', 'cognito-idp:InitiateAuth'],
  [[['x-amz-target', 'Other_20200101.Dance']], '', 'Other_20200101:Dance'],
  [[], 'Action=DescribeInstances&Version=2016-11-15', 'AWS:DescribeInstances'],
] as const)(
  'an unsigned request %j %s that is not implemented is refused by its name',
  (headers, body, name) => {
    const unsigned = request({ headers, body: Buffer.from(body) });
    expect(() => select(unsigned).route(unsigned)).toThrow(
      expect.objectContaining({
        code: 'NotImplemented',
        message: expect.stringContaining(`implement ${name}.`),
      }),
    );
  },
);

test('an unsigned request for an operation of STS that needs no signature goes to STS', () => {
  expect(select(request({ rawQuery: 'Action=AssumeRoleWithSAML' }))).toBe(sts);
});

test('an unsigned request for an operation that needs a signature is answered with a missing token', () => {
  const iam = { signingName: 'iam', operations: [{ name: 'ListRoles' }] } as unknown as Endpoint;
  const unsigned = request({ body: Buffer.from('Action=ListRoles') });
  expect(() => createEndpointSelector([iam])(unsigned).route(unsigned)).toThrow(
    expect.objectContaining({ code: 'MissingAuthenticationTokenException' }),
  );
});

test.each([
  ['JSON', [['x-amz-target', 'AmazonEC2.DescribeThings']], '', /"NotImplemented".*ec2:DescribeThings/],
  [
    'XML',
    [['content-type', 'application/x-www-form-urlencoded; charset=utf-8']],
    'Action=DescribeInstances',
    /<Code>NotImplemented<\/Code>.*ec2:DescribeInstances/,
  ],
] as const)('the error for an unsupported service names it, in %s', (_format, headers, body, expected) => {
  const asked = request({ headers: [...signedFor('ec2'), ...headers], body: Buffer.from(body) });
  const endpoint = select(asked);
  let error: unknown;
  try {
    endpoint.route(asked);
  } catch (thrown) {
    error = thrown;
  }
  const response = endpoint.fail(error as AwsError, asked);
  expect(response.status).toBe(501);
  expect(response.body).toMatch(expected);
});
