import type { UnsignedRequest } from '../../authentication/signed-requests.testing.ts';
import type { AwsRequest } from '../../core/request.ts';
import { lambdaIntegration } from '../apigateway/workbench.testing.ts';
import {
  allowInvoke,
  createGateway,
  type GatewayOptions,
  headerOf,
  invokeDecision,
  otherCredential,
  ownCredential,
  type SignOptions,
  summary,
} from './gateway.testing.ts';

const message = (text: string) => JSON.stringify({ message: text });
const NO_ROUTE = [
  403,
  'MissingAuthenticationTokenException',
  message('Missing Authentication Token'),
] as const;
const FORBIDDEN = [403, 'ForbiddenException', message('Forbidden')] as const;

test('a signed request is answered by the function', async () => {
  const gateway = await createGateway({
    answer: { statusCode: 201, headers: { 'X-A': '1' }, body: '{"ok":true}' },
  });
  const response = await gateway.send({ method: 'POST', body: '{}' });
  expect(summary(response)).toEqual({ status: 201, errorType: undefined, body: '{"ok":true}' });
  expect(headerOf(response, 'x-amzn-RequestId')).toMatch(/^[0-9a-f-]{36}$/);
  expect(headerOf(response, 'x-amz-apigw-id')).toMatch(/^[\w-]{15}=$/);
  expect(headerOf(response, 'X-Amzn-Trace-Id')).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};/);
  expect(headerOf(response, 'X-A')).toBe('1');
});

describe('the address of a request', () => {
  test.each<[string, Partial<AwsRequest>, readonly [number, string, string]]>([
    ['an unknown API', { host: 'abcdefghij.execute-api.eu-central-1.amazonaws.com' }, FORBIDDEN],
    ['an API in another region', { host: '$api.execute-api.us-east-1.amazonaws.com' }, FORBIDDEN],
    ['a host that is not an API', { host: 'execute-api.eu-central-1.amazonaws.com' }, FORBIDDEN],
    ['an unknown stage', { rawPath: '/prod/messages' }, FORBIDDEN],
    ['no stage', { rawPath: '/' }, FORBIDDEN],
    ['a stage in another case', { rawPath: '/DEV/messages' }, FORBIDDEN],
    ['an unknown path', { rawPath: '/dev/nothing' }, NO_ROUTE],
    ['a path in another case', { rawPath: '/dev/Messages' }, NO_ROUTE],
    ['an encoded letter', { rawPath: '/dev/message%73' }, NO_ROUTE],
    ['a path below a route', { rawPath: '/dev/messages/1' }, NO_ROUTE],
    ['the stage alone', { rawPath: '/dev' }, NO_ROUTE],
    ['another method', { method: 'DELETE' }, NO_ROUTE],
    ['no signature', {}, NO_ROUTE],
    ['a prototype member as path', { rawPath: '/dev/__proto__' }, NO_ROUTE],
    ['a prototype member as stage', { rawPath: '/constructor/messages' }, FORBIDDEN],
  ])('a request with %s is refused', async (_what, request, [status, errorType, body]) => {
    const gateway = await createGateway();
    const host = request.host?.replace('$api', gateway.restApiId);
    const response = await gateway.sendRaw({ ...request, ...(host === undefined ? {} : { host }) });
    expect(summary(response)).toEqual({ status, errorType, body });
    expect(headerOf(response, 'x-amzn-RequestId')).toBeDefined();
    expect(gateway.invoked).toEqual([]);
  });

  test('the default endpoint refuses every request if it is disabled', async () => {
    const gateway = await createGateway({ api: { DisableExecuteApiEndpoint: true } });
    expect(summary(await gateway.send({}))).toEqual({
      status: 403,
      errorType: 'ForbiddenException',
      body: message('Forbidden'),
    });
  });

  test('an API accepts its host in any case and with a port, and extra slashes in the path', async () => {
    const gateway = await createGateway();
    for (const init of [
      { host: `${gateway.host.toUpperCase()}:8443` },
      { rawPath: '//dev/messages' },
      { rawPath: '/dev//messages' },
      { rawPath: '/dev/messages/' },
    ]) {
      const request = gateway.signed(init);
      expect((await gateway.send(init)).status).toBe(200);
      expect(request.host).toBe(init.host ?? gateway.host);
    }
  });
});

// AWS reads the header first: "That error will return for any invalid endpoints"
// (https://github.com/amazon-archives/aws-cognito-angular-quickstart/issues/50).
test.each([
  ['Bearer abc', /^Invalid key=value pair \(missing equal-sign\) in Authorization header/],
  ['Bearer abc=', /^Authorization header requires 'Credential' parameter\. /],
  ['Basic', /^Authorization header requires 'Credential' parameter\. /],
])(
  'the answer to an unknown path with the header "Authorization: %s" says what the header lacks',
  async (value, text) => {
    const gateway = await createGateway();
    const headers: [string, string][] = [
      ['host', gateway.host],
      ['authorization', value],
    ];
    const answer = summary(await gateway.sendRaw({ rawPath: '/dev/nothing', headers }));
    expect(answer).toMatchObject({ status: 403, errorType: 'IncompleteSignatureException' });
    expect(JSON.parse(answer.body)).toEqual({ message: expect.stringMatching(text) });
  },
);

test('a signed request for an unknown path is answered as if it had no signature', async () => {
  const gateway = await createGateway();
  const [status, errorType, body] = NO_ROUTE;
  expect(summary(await gateway.send({ rawPath: '/dev/nothing' }))).toEqual({ status, errorType, body });
});

describe('authentication', () => {
  const wrong = { ...ownCredential, secretAccessKey: 'wrong' };
  test.each<[string, UnsignedRequest, SignOptions, string, RegExp]>([
    [
      'an unknown key',
      {},
      { credential: { ...ownCredential, accessKeyId: 'ASIAUNKNOWN000000000' } },
      'UnrecognizedClientException',
      /^The security token included in the request is invalid\.$/,
    ],
    [
      'a key of other emulators',
      {},
      { credential: { ...ownCredential, accessKeyId: 'test' } },
      'UnrecognizedClientException',
      /^The security token included in the request is invalid\. \(Local AWS checks keys, .*source \.local-aws\/env.*\)$/,
    ],
    [
      'the ID of an account as the key',
      {},
      { credential: { ...ownCredential, accessKeyId: '111111111111' } },
      'UnrecognizedClientException',
      /^The security token included in the request is invalid\. \(.*source \.local-aws\/env.* AWS_PROFILE=local-111111111111\.\)$/,
    ],
    [
      'a wrong session token',
      {},
      { credential: { ...ownCredential, sessionToken: 'other' } },
      'UnrecognizedClientException',
      /^The security token included in the request is invalid\.$/,
    ],
    [
      'a wrong secret',
      {},
      { credential: wrong },
      'InvalidSignatureException',
      /^The request signature we calculated does not match[\s\S]+The Canonical String for this request should have been\n'GET\n\/dev\/messages\n[\s\S]+The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n/,
    ],
    [
      'a date six minutes ago',
      {},
      { date: new Date('2026-11-24T11:54:00Z') },
      'InvalidSignatureException',
      /^Signature expired: 20261124T115400Z is now earlier than 20261124T115500Z \(20261124T120000Z - 5 min\.\)$/,
    ],
    [
      'a date in six minutes',
      {},
      { date: new Date('2026-11-24T12:06:00Z') },
      'InvalidSignatureException',
      /^Signature not yet current: 20261124T120600Z is still later than 20261124T120500Z/,
    ],
    [
      'another region',
      {},
      { region: 'us-east-1' },
      'InvalidSignatureException',
      /^Credential should be scoped to a valid region/,
    ],
    [
      'another service',
      {},
      { service: 'lambda' },
      'InvalidSignatureException',
      /^Credential should be scoped to correct service: 'execute-api'/,
    ],
  ])('a request that is signed with %s is refused', async (_what, init, signing, errorType, text) => {
    const gateway = await createGateway();
    const answer = summary(await gateway.send(init, signing));
    expect(answer).toMatchObject({ status: 403, errorType });
    expect(JSON.parse(answer.body)).toEqual({ message: expect.stringMatching(text) });
  });

  test('a request with expired credentials is refused', async () => {
    const gateway = await createGateway();
    gateway.clock.advance(2 * 3_600_000);
    expect(summary(await gateway.send({}))).toEqual({
      status: 403,
      errorType: 'ExpiredTokenException',
      body: message('The security token included in the request is expired'),
    });
  });

  test('a request whose Authorization header is not a signature is refused', async () => {
    const gateway = await createGateway();
    const answer = summary(
      await gateway.sendRaw({
        headers: [
          ['host', gateway.host],
          ['authorization', 'AWS4-HMAC-SHA256 nonsense'],
        ],
      }),
    );
    expect(answer).toMatchObject({ status: 403, errorType: 'IncompleteSignatureException' });
  });

  test('a presigned URL is accepted', async () => {
    const gateway = await createGateway();
    expect((await gateway.send({}, { expiresSeconds: 60 })).status).toBe(200);
  });
});

describe('authorization', () => {
  const policy = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
  const allow = {
    Effect: 'Allow',
    Principal: '*',
    Action: 'execute-api:Invoke',
    Resource: 'execute-api:/dev/GET/messages',
  };
  const deny = { ...allow, Effect: 'Deny' };
  const allowOther = { ...allow, Principal: { AWS: 'arn:aws:iam::222222222222:root' } };
  const nothing: GatewayOptions = { identityPolicies: [] };
  const other: GatewayOptions = { credential: otherCredential };
  const noIdentity = 'because no identity-based policy allows the execute-api:Invoke action';
  const noResource = 'because no resource-based policy allows the execute-api:Invoke action';
  const denied = 'with an explicit deny in a resource-based policy';

  // AWS: "How API Gateway resource policies affect authorization workflow".
  test.each<[string, GatewayOptions, number, string]>([
    ['own account, identity allows, no resource policy', {}, 200, ''],
    ['own account, identity silent, no resource policy', nothing, 403, noIdentity],
    [
      'own account, identity allows, resource silent',
      { api: { Policy: policy({ ...allow, Resource: 'execute-api:/prod/*' }) } },
      200,
      '',
    ],
    [
      'own account, identity silent, resource allows',
      { ...nothing, api: { Policy: policy(allow) } },
      200,
      '',
    ],
    [
      'own account, identity silent, resource silent',
      { ...nothing, api: { Policy: policy({ ...allow, Resource: 'execute-api:/prod/*' }) } },
      403,
      noIdentity,
    ],
    ['own account, identity allows, resource denies', { api: { Policy: policy(allow, deny) } }, 403, denied],
    ['other account, identity allows, no resource policy', other, 403, noResource],
    [
      'other account, identity allows, resource allows',
      { ...other, api: { Policy: policy(allowOther) } },
      200,
      '',
    ],
    [
      'other account, identity silent, resource allows',
      { ...other, ...nothing, api: { Policy: policy(allowOther) } },
      403,
      noIdentity,
    ],
    [
      'other account, identity allows, resource allows another method',
      { ...other, api: { Policy: policy({ ...allowOther, Resource: 'execute-api:/dev/POST/*' }) } },
      403,
      noResource,
    ],
    [
      'other account, identity allows, resource denies',
      { ...other, api: { Policy: policy(allowOther, deny) } },
      403,
      denied,
    ],
  ])(
    'in the case "%s", identity and resource policy decide as on AWS',
    async (_what, options, status, reason) => {
      const gateway = await createGateway(options);
      const answer = summary(await gateway.send({}));
      expect(answer.status).toBe(status);
      if (reason === '') return;
      const caller = (options.credential ?? ownCredential).principal.arn;
      expect(answer.errorType).toBe('AccessDeniedException');
      expect(JSON.parse(answer.body)).toEqual({
        Message: `User: ${caller} is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-central-1:********1111:${gateway.restApiId}/dev/GET/messages ${reason}`,
      });
      expect(gateway.invoked).toEqual([]);
    },
  );

  test.each([
    ['/dev/messages/', 'AWS_IAM'],
    ['/dev/messages///', 'AWS_IAM'],
    ['/dev/messages/', 'NONE'],
  ])('a Deny on a path also covers %s (authorization %s)', async (rawPath, AuthorizationType) => {
    const gateway = await createGateway({
      routes: [{ path: '/messages', properties: { AuthorizationType } }],
      api: { Policy: policy({ ...allow, Resource: '*' }, deny) },
    });
    const answer = summary(await gateway.send({ rawPath }));
    expect(answer).toMatchObject({ status: 403, errorType: 'AccessDeniedException' });
    expect(answer.body).toContain(`/dev/GET/messages ${denied}`);
    expect(gateway.invoked).toEqual([]);
  });

  // The resource is the path as requested, so that policies can tell one item from another.
  test.each([
    ['/dev/items/1', '*/dev/GET/items/1', 200],
    ['/dev/items/2', '*/dev/GET/items/1', 403],
    ['/dev/items/1', '*/dev/GET/items/{id}', 403],
    ['/dev/items/1/', '*/dev/GET/items/1', 403],
    ['/dev/items/1/', '*/dev/GET/items/1*', 200],
    ['/dev/items/a%2Fb', '*/dev/GET/items/a%2Fb', 200],
    ['/dev/items/a%2Fb', '*/dev/GET/items/a/b', 403],
    ['/dev/files/a/b', '*/dev/GET/files/*', 200],
    ['/dev//files/a', '*/dev/GET/files/*', 200],
    ['/dev/', '*/dev/GET/', 200],
    ['/dev', '*/dev/GET/', 200],
    ['/dev/items/1', '*/dev/POST/items/1', 403],
    ['/dev/items/1', '*/prod/*', 403],
  ])('a request for %s with a policy for %s is answered with %i', async (rawPath, resource, status) => {
    const gateway = await createGateway({
      routes: [{ path: '/' }, { path: '/items/{id}', method: 'ANY' }, { path: '/files/{proxy+}' }],
      identityPolicies: [allowInvoke(`arn:aws:execute-api:eu-central-1:111111111111:${resource}`)],
    });
    expect((await gateway.send({ rawPath })).status).toBe(status);
  });

  test.each<[string, object | undefined, number]>([
    ['no policy', undefined, 200],
    ['a policy for everyone', policy(allow), 200],
    ['a policy for an account', policy(allowOther), 403],
    [
      'a policy for another address',
      policy({ ...allow, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }),
      403,
    ],
    [
      'a policy for this address',
      policy({ ...allow, Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.1' } } }),
      200,
    ],
    [
      'a policy for callers other than AWS services',
      policy({ ...allow, Condition: { Bool: { 'aws:ViaAWSService': 'false' } } }),
      200,
    ],
    ['a denial', policy(allow, deny), 403],
  ])('if an API has %s, only the policy decides on an unsigned request', async (_what, Policy, status) => {
    const gateway = await createGateway({
      routes: [{ path: '/messages', properties: { AuthorizationType: 'NONE' } }],
      ...(Policy === undefined ? {} : { api: { Policy } }),
    });
    const answer = summary(await gateway.sendRaw({}));
    expect(answer.status).toBe(status);
    if (status === 403) {
      expect(JSON.parse(answer.body).Message).toMatch(
        /^User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-central-1:\*{8}1111:/,
      );
      expect(gateway.trace.events().at(-1)?.decisions).toMatchObject([
        { allowed: false, principalArn: 'anonymous' },
      ]);
    }
  });

  test('the function of an open method does not learn who signed a request', async () => {
    const gateway = await createGateway({
      routes: [{ path: '/messages', properties: { AuthorizationType: 'NONE' } }],
      identityPolicies: [],
    });
    expect((await gateway.send({})).status).toBe(200);
    expect(gateway.invoked[0]?.event.requestContext.identity.userArn).toBeNull();
  });
});

describe('the Lambda integration', () => {
  const internal = message('Internal server error');
  test.each<[string, GatewayOptions, number, string]>([
    ['API Gateway may not invoke the function', { outcome: 'denied' }, 500, internal],
    ['there is no such function', { outcome: 'not-found' }, 500, internal],
    ['Lambda throttles', { outcome: 'throttled' }, 500, internal],
    ['Lambda fails', { outcome: 'failed' }, 500, internal],
    ['the function throws', { outcome: 'function-error' }, 502, internal],
    ['the answer is malformed', { answer: 'text' }, 502, internal],
    ['the answer has other members', { answer: { statusCode: 200, message: 'hi' } }, 502, internal],
  ])('if %s, the caller gets only an internal error', async (_what, options, status, body) => {
    const gateway = await createGateway(options);
    expect(summary(await gateway.send({}))).toEqual({
      status,
      errorType: 'InternalServerErrorException',
      body,
    });
  });

  test('if the function takes too long, the answer is 504', async () => {
    const { promise: until, resolve: finish } = Promise.withResolvers<void>();
    const gateway = await createGateway({
      until,
      routes: [
        { path: '/messages', properties: { Integration: { ...lambdaIntegration, TimeoutInMillis: 50 } } },
      ],
    });
    expect(summary(await gateway.send({}))).toEqual({
      status: 504,
      errorType: 'InternalServerErrorException',
      body: message('Endpoint request timed out'),
    });
    finish();
  });

  test('Lambda receives the source of the invocation, and its decision is traced', async () => {
    const gateway = await createGateway({
      routes: [{ path: '/items/{id}', method: 'ANY' }],
    });
    await gateway.send({ rawPath: '/dev/items/1' });
    expect(gateway.invoked).toMatchObject([
      {
        service: 'apigateway.amazonaws.com',
        functionArn: 'arn:aws:lambda:eu-central-1:111111111111:function:api-local-handler',
        source: {
          sourceArn: `arn:aws:execute-api:eu-central-1:111111111111:${gateway.restApiId}/dev/GET/items/{id}`,
          sourceAccount: '111111111111',
        },
      },
    ]);
    expect(gateway.trace.events().at(-1)).toMatchObject({
      operation: 'GET /items/{id}',
      accountId: '111111111111',
      decisions: [{ action: 'execute-api:Invoke' }, invokeDecision],
    });
  });

  test('stage variables in the integration name the function', async () => {
    const Uri = lambdaIntegration.Uri.replace('api-local-handler', `\${stageVariables.name}`);
    const routes = [{ path: '/messages', properties: { Integration: { ...lambdaIntegration, Uri } } }];
    const named = await createGateway({ routes, stage: { Variables: { name: 'blue' } } });
    await named.send({});
    expect(named.invoked[0]?.functionArn).toMatch(/:function:blue$/);
    expect((await (await createGateway({ routes })).send({})).status).toBe(500);
  });
});
