import { ApiGatewayV2Client, GetApiCommand, GetRoutesCommand } from '@aws-sdk/client-apigatewayv2';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetPolicyCommand, LambdaClient, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { explainTrace } from '../../libs/local-aws/src/explain/explain-trace.ts';
import { type ApiRequest, callApi, signed } from './call-api.testing.ts';
import { apiService, deployOrders, deployShop, INVOKE_ROLE } from './http-api.testing.ts';
import { type Answer, API_ACCOUNT, CALLER_ACCOUNT, startTestBed, type TestBed } from './test-bed.testing.ts';

let bed: TestBed;
let apiUrl: string;
beforeAll(async () => {
  bed = await startTestBed();
  apiUrl = await deployOrders(bed);
  await deployShop(bed, apiUrl);
});
afterAll(async () => bed?.close());

const apiId = () => /^https:\/\/(\w+)\./.exec(apiUrl)?.[1] ?? '';

/** Lets the function in account B send a request. */
const callAsShop = (event: object): Promise<Answer> =>
  bed.aws.as(CALLER_ACCOUNT).invoke('shop-local-caller', event);

/** Sends a request from outside Lambda, signed as an administrator. */
async function callAs(accountId: string, path: string, request: ApiRequest = {}) {
  const { credentials } = bed.administrator(accountId);
  return callApi(bed, `${apiUrl}${path}`, await signed(`${apiUrl}${path}`, credentials, request));
}

const lastCall = () => bed.aws.calls().findLast(({ service }) => service === 'execute-api');

test('the function in account B calls the HTTP API as the role of account A', async () => {
  const answer = await callAsShop({ method: 'POST', path: '/orders', body: { item: 'book' } });
  expect(answer.functionError).toBeUndefined();
  expect(answer).toMatchObject({ payload: { status: 200 } });
  const { body, requestId } = answer.payload as { body: object; requestId: string };
  expect(body).toMatchObject({
    version: '2.0',
    routeKey: 'POST /orders',
    rawPath: '/orders',
    body: '{"item":"book"}',
    isBase64Encoded: false,
    requestContext: {
      accountId: API_ACCOUNT,
      apiId: apiId(),
      requestId,
      stage: '$default',
      authorizer: {
        iam: {
          accountId: API_ACCOUNT,
          cognitoIdentity: null,
          userArn: expect.stringContaining(`arn:aws:sts::${API_ACCOUNT}:assumed-role/${INVOKE_ROLE}/shop`),
        },
      },
      http: { method: 'POST', path: '/orders', protocol: 'HTTP/1.1' },
    },
  });
});

test('the trace shows the call like one to a REST API, with the invocation that it was made in', async () => {
  await callAsShop({ method: 'GET', path: '/orders/1' });
  const event = lastCall();
  const resource = `arn:aws:execute-api:us-east-1:${API_ACCOUNT}:${apiId()}/$default/GET/orders/1`;
  expect(event).toMatchObject({
    operation: 'GET /orders/{id}',
    accountId: API_ACCOUNT,
    status: 200,
    parentRequestId: expect.any(String),
    decisions: [
      { allowed: true, action: 'execute-api:Invoke', resource },
      { allowed: true, action: 'lambda:InvokeFunction' },
    ],
  });
});

test('routes with parameters, greedy ones, format 1.0 and $default answer', async () => {
  const greedy = await callAs(API_ACCOUNT, '/files/a/b%20c');
  expect(greedy).toMatchObject({ status: 200, body: { pathParameters: { path: 'a/b c' } } });
  expect(await callApi(bed, `${apiUrl}/old?a=1`)).toMatchObject({
    status: 200,
    body: { version: '1.0', resource: '/old', queryStringParameters: { a: '1' } },
  });
  expect(await callApi(bed, `${apiUrl}/whatever`, { method: 'DELETE' })).toMatchObject({
    status: 200,
    body: { routeKey: '$default', rawPath: '/whatever' },
  });
  expect(await callApi(bed, `${apiUrl}/health`)).toMatchObject({ body: { routeKey: 'GET /health' } });
});

test('an SDK reads the API through its own client', async () => {
  const client = new ApiGatewayV2Client(bed.administrator(API_ACCOUNT));
  try {
    const api = await client.send(new GetApiCommand({ ApiId: apiId() }));
    expect(api).toMatchObject({
      Name: 'local-orders',
      ApiEndpoint: apiUrl,
      CorsConfiguration: { AllowOrigins: ['https://shop.example.com'], MaxAge: 60 },
      Tags: { team: 'orders' },
      CreatedDate: expect.any(Date),
    });
    const { Items = [] } = await client.send(new GetRoutesCommand({ ApiId: apiId() }));
    expect(Items.map(({ RouteKey }) => RouteKey).sort()).toEqual([
      ...['$default', 'GET /files/{path+}', 'GET /health', 'GET /old', 'GET /orders/{id}', 'POST /orders'],
    ]);
  } finally {
    client.destroy();
  }
});

test('sls info shows the routes', async () => {
  const { stdout, stderr } = await bed.sls(['info'], { service: 'orders' });
  expect(stdout + stderr).toContain(`POST - ${apiUrl}/orders`);
});

test('each call has a line in the access log', async () => {
  await callAs(API_ACCOUNT, '/orders/2');
  const logs = new CloudWatchLogsClient(bed.administrator(API_ACCOUNT));
  try {
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({ logGroupName: '/aws/http-api/orders-local' }),
    );
    expect(JSON.parse(events.at(-1)?.message ?? '')).toMatchObject({
      routeKey: 'GET /orders/{id}',
      httpMethod: 'GET',
      status: '200',
    });
  } finally {
    logs.destroy();
  }
});

describe('a refusal has the words of HTTP APIs, and explain names the reason:', () => {
  const forbidden = { status: 403, errorType: undefined, body: { message: 'Forbidden' } };

  test('no signature', async () => {
    expect(await callApi(bed, `${apiUrl}/orders/1`)).toMatchObject(forbidden);
    expect(await explainRefusal(bed)).toContain('The request is not signed.');
  });

  test('a wrong signature', async () => {
    const { credentials } = bed.administrator(API_ACCOUNT);
    const other = await signed(`${apiUrl}/orders/2`, credentials);
    expect(await callApi(bed, `${apiUrl}/orders/1`, other)).toMatchObject(forbidden);
    expect(await explainRefusal(bed)).toContain('The signature does not match this request');
  });

  test('a caller of another account, which needs a role', async () => {
    expect(await callAs(CALLER_ACCOUNT, '/orders/1')).toMatchObject(forbidden);
    const [explanation] = (await explainTrace(bed.localAwsRoot, { last: 1 })).explained;
    expect(explanation?.reason).toContain('may not perform execute-api:Invoke');
    // An HTTP API cannot have a resource policy.
    expect(explanation?.remedies).toEqual([]);
  });

  test('no route', async () => {
    const service = {
      ...apiService,
      functions: { echo: apiService.functions.echo, old: apiService.functions.old },
    };
    await deployOrders(bed, service);
    expect(await callApi(bed, `${apiUrl}/whatever`)).toMatchObject({
      status: 404,
      body: { message: 'Not Found' },
    });
    expect(await explainRefusal(bed)).toContain('GET /whatever: The HTTP API has no such route');
  });

  test('no policy of the role', async () => {
    const iam = new IAMClient(bed.administrator(API_ACCOUNT));
    await iam.send(new DeleteRolePolicyCommand({ RoleName: INVOKE_ROLE, PolicyName: 'Invoke' }));
    iam.destroy();
    const { functionError, payload } = await callAsShop({ method: 'GET', path: '/orders/1' });
    expect(functionError).toBe('Unhandled');
    expect(payload).toMatchObject({ errorType: 'AccessDenied' });
    const explained = await explainRefusal(bed);
    expect(explained).toContain(`assumed-role/${INVOKE_ROLE}/shop`);
    expect(explained).toContain(`/$default/GET/orders/1`);
  });

  test('no permission of API Gateway to invoke the function', async () => {
    const lambda = new LambdaClient(bed.administrator(API_ACCOUNT));
    await removePermissions(lambda, 'orders-local-echo');
    lambda.destroy();
    expect(await callAs(API_ACCOUNT, '/orders/1')).toMatchObject({
      status: 500,
      body: { message: 'Internal Server Error' },
    });
    expect(await explainRefusal(bed)).toContain(
      'apigateway.amazonaws.com may not perform lambda:InvokeFunction',
    );
  });
});

/** The reason for the last refusal, in the words of `local-aws explain`. */
async function explainRefusal(bed: TestBed): Promise<string> {
  const [explanation] = (await explainTrace(bed.localAwsRoot, { last: 1 })).explained;
  return explanation?.reason ?? 'nothing was refused';
}

/** Removes all permissions to invoke a function. */
async function removePermissions(lambda: LambdaClient, FunctionName: string): Promise<void> {
  const { Policy = '{}' } = await lambda.send(new GetPolicyCommand({ FunctionName }));
  for (const { Sid } of JSON.parse(Policy).Statement) {
    await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: Sid }));
  }
}
