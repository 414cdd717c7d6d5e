import { explainEvent } from '../../../explain/refusal.ts';
import type { TraceEvent } from '../../../trace/event.ts';
import { recordOf } from '../../../trace/record.ts';
import { functionArn, lambdaIntegration } from '../../apigateway/workbench.testing.ts';
import { createGateway, type GatewayOptions, headerOf, summary } from '../gateway.testing.ts';

const arn = functionArn.replace('handler', 'authorizer');

/** What an authorizer returns that admits its caller to these resources. */
const admitting = (Resource: string, context?: object) => ({
  principalId: 'someone',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource }],
  },
  ...(context !== undefined && { context }),
});

function api(authorizer: object, answer: unknown, options: Partial<GatewayOptions> = {}): GatewayOptions {
  const properties = (prepared: object) => ({ ...prepared, AuthorizationType: 'CUSTOM' });
  return {
    async prepare(workbench, RestApiId) {
      const { physicalId: AuthorizerId } = await workbench.create('AWS::ApiGateway::Authorizer', {
        RestApiId,
        Name: 'people',
        Type: 'TOKEN',
        IdentitySource: 'method.request.header.Authorization',
        AuthorizerUri: lambdaIntegration.Uri.replace(functionArn, arn),
        ...authorizer,
      });
      return { AuthorizerId };
    },
    routes: [
      { path: '/messages', properties },
      { path: '/people/{id}', properties },
    ],
    answers: { [arn]: answer },
    ...options,
  };
}

const withToken = (token: string) => ({ headers: [['authorization', token]] as [string, string][] });

test('a TOKEN authorizer gets the token and the ARN of the method, and the function what it says of the caller', async () => {
  const gateway = await createGateway(api({}, admitting('*', { tenant: 'a', level: 3, isAdmin: true })));
  expect((await gateway.sendRaw(withToken('Bearer 1'))).status).toBe(200);
  const [asked, served] = gateway.invoked;
  expect(asked).toMatchObject({
    service: 'apigateway.amazonaws.com',
    functionArn: arn,
    source: {
      sourceArn: expect.stringMatching(
        /^arn:aws:execute-api:eu-central-1:111111111111:\w+\/authorizers\/\w+$/,
      ),
    },
    event: {
      type: 'TOKEN',
      authorizationToken: 'Bearer 1',
      methodArn: `arn:aws:execute-api:eu-central-1:111111111111:${gateway.restApiId}/dev/GET/messages`,
    },
  });
  expect(served?.event.requestContext).toMatchObject({
    authorizer: { principalId: 'someone', tenant: 'a', level: '3', isAdmin: 'true' },
  });
});

test('a REQUEST authorizer gets the request without its body, and empty maps in place of null', async () => {
  const IdentitySource =
    'method.request.header.x-tenant, method.request.querystring.key, stageVariables.level, context.stage';
  const stage = { Variables: { level: 'low' } };
  const gateway = await createGateway(api({ Type: 'REQUEST', IdentitySource }, admitting('*'), { stage }));
  const request = { rawPath: '/dev/people/7', headers: [['x-tenant', 'a']] as [string, string][] };
  expect((await gateway.sendRaw({ ...request, rawQuery: 'key=1' })).status).toBe(200);
  expect((await gateway.sendRaw(request)).status).toBe(401);
  const [asked, , ...others] = gateway.invoked;
  expect(others).toEqual([]);
  expect(asked?.event).toMatchObject({
    type: 'REQUEST',
    methodArn: `arn:aws:execute-api:eu-central-1:111111111111:${gateway.restApiId}/dev/GET/people/7`,
    resource: '/people/{id}',
    path: '/people/7',
    httpMethod: 'GET',
    headers: { 'x-tenant': 'a' },
    queryStringParameters: { key: '1' },
    pathParameters: { id: '7' },
    stageVariables: { level: 'low' },
    requestContext: { stage: 'dev' },
  });
  expect(asked?.event).not.toHaveProperty('body');
});

test.each([
  ['no token', {}, {}],
  ['a token that does not match', { IdentityValidationExpression: 'Bearer \\d+' }, withToken('Bearer x')],
])('with %s, the answer is 401, and no function runs', async (_what, authorizer, request) => {
  const gateway = await createGateway(api(authorizer, admitting('*')));
  const { status, body } = summary(await gateway.sendRaw(request));
  expect([status, body]).toEqual([401, '{"message":"Unauthorized"}']);
  expect(gateway.invoked).toEqual([]);
});

test.each([
  ['fails with another word', { errorMessage: 'boom' }, 'function-error', 500, '{"message":null}'],
  [
    'fails with "Unauthorized"',
    { errorMessage: 'Unauthorized' },
    'function-error',
    401,
    '{"message":"Unauthorized"}',
  ],
  ['cannot be invoked', {}, 'throttled', 500, '{"message":null}'],
  ['returns no policy', { statusCode: 401 }, 'ok', 500, '{"message":null}'],
  ['returns a list in its context', admitting('*', { roles: ['a'] }), 'ok', 500, '{"message":null}'],
] as const)('an authorizer that %s', async (_what, answer, outcome, status, body) => {
  const gateway = await createGateway(api({}, answer, { outcome }));
  const response = await gateway.sendRaw(withToken('Bearer 1'));
  expect(summary(response)).toMatchObject({ status, body });
  if (status === 500) expect(headerOf(response, 'x-amzn-ErrorType')).toBe('AuthorizerConfigurationException');
});

test('a policy is remembered for the token, so that it decides about other paths, too', async () => {
  const gateway = await createGateway(
    api({ AuthorizerResultTtlInSeconds: 60 }, admitting('arn:aws:execute-api:*:*:*/dev/GET/messages')),
  );
  const path = async (rawPath: string, token = 'Bearer 1') =>
    (await gateway.sendRaw({ rawPath, ...withToken(token) })).status;
  expect([
    await path('/dev/messages'),
    await path('/dev/people/7'),
    await path('/dev/messages', 'other'),
  ]).toEqual([200, 403, 200]);
  const asked = () => gateway.invoked.filter((one) => one.functionArn === arn).length;
  expect(asked()).toBe(2);
  gateway.clock.advance(61_000);
  expect([await path('/dev/messages'), asked()]).toEqual([200, 3]);
});

test('the trace says why an authorizer refused, and has no decision that a command could change', async () => {
  const gateway = await createGateway(api({}, admitting('arn:aws:execute-api:*:*:*/dev/PUT/*')));
  const answer = summary(await gateway.sendRaw(withToken('Bearer 1')));
  expect(answer).toEqual({
    status: 403,
    errorType: 'AccessDeniedException',
    body: '{"Message":"User is not authorized to access this resource"}',
  });
  const [event] = gateway.trace.events();
  expect(event).toMatchObject({
    failure: {
      functionArn: arn,
      errorMessage: expect.stringContaining('No statement of the policy that the authorizer returned allows'),
    },
  });
  expect(explainEvent(recordOf(event as TraceEvent))).toMatchObject({
    refused: true,
    reason: expect.stringContaining('No statement of the policy that the authorizer returned allows'),
    advice: "Look into the authorizer's log for the policy that it returned.",
  });
  expect(event?.decisions.map(({ action }) => action)).toEqual(['lambda:InvokeFunction']);
});

test.each([
  ['no function', { AuthorizerUri: 'arn:aws:apigateway:eu-central-1:s3:path/a' }, 'Invalid Authorizer URI'],
  ['no identity source for a cache', { Type: 'REQUEST', IdentitySource: '' }, 'IdentitySource is required'],
  ['an unknown identity source', { IdentitySource: 'method.request.path.id' }, 'Invalid mapping expression'],
])('an authorizer with %s is refused', async (_what, authorizer, message) => {
  await expect(createGateway(api(authorizer, {}))).rejects.toThrow(message);
});
