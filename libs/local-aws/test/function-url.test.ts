import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  GetPolicyCommand,
  LambdaClient,
  RemovePermissionCommand,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import { AwsV4Signer } from 'aws4fetch';
import { accounts, matchers, startTestAws, type TestAws } from '../src/testing/index.ts';

expect.extend(matchers);

/* The URLs of functions, with AWS's own client, and aws4fetch as a signer that is not ours. */

const FORBIDDEN = {
  Message:
    'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html',
};

const role = (name: string, principal: object, statements: readonly object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: name,
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' },
    },
    Policies: [{ PolicyName: 'calls', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
  },
});

/** The two statements that a caller of a URL needs. */
const mayCall = [
  { Sid: 'Url', Effect: 'Allow', Action: 'lambda:InvokeFunctionUrl', Resource: '*' },
  {
    Sid: 'ViaUrl',
    Effect: 'Allow',
    Action: 'lambda:InvokeFunction',
    Resource: '*',
    Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  },
];

const denyAll = { Effect: 'Deny', Action: 'sqs:*', Resource: '*' };

const template = (AuthType: 'AWS_IAM' | 'NONE') => ({
  Resources: {
    Role: role('function', { Service: 'lambda.amazonaws.com' }, [denyAll]),
    Caller: role('caller', { AWS: '222222222222' }, mayCall),
    UrlOnly: role('url-only', { AWS: '222222222222' }, mayCall.slice(0, 1)),
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'echo',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: {
          ZipFile: `exports.handler = async (event, context) => {
            const { answer, fail } = event.queryStringParameters ?? {};
            if (fail) throw new Error('It was told to fail.');
            return answer ? JSON.parse(answer) : { event, requestId: context.awsRequestId };
          };`,
        },
      },
    },
    Url: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: { Ref: 'Function' }, AuthType } },
  },
  Outputs: {
    Url: { Value: { 'Fn::GetAtt': ['Url', 'FunctionUrl'] } },
    Arn: { Value: { 'Fn::GetAtt': ['Url', 'FunctionArn'] } },
    Ref: { Value: { Ref: 'Url' } },
  },
});

const caller = 'arn:aws:iam::111111111111:role/caller';
const inAccountB = 'arn:aws:iam::222222222222:role/caller';

/** What the function answers. */
interface Echo {
  readonly event: {
    readonly body: string;
    readonly isBase64Encoded: boolean;
    readonly headers: Readonly<Record<string, string>>;
    readonly requestContext: object;
  };
  readonly requestId: string;
}

let aws: TestAws;
let lambda: LambdaClient;

beforeAll(async () => {
  aws = await startTestAws();
  lambda = new LambdaClient(aws.as(accounts.api).sdk);
});
afterAll(async () => {
  lambda?.destroy();
  await aws?.close();
});
beforeEach(() => aws.reset());

async function deploy(authType: 'AWS_IAM' | 'NONE'): Promise<string> {
  const { outputs } = await aws.deploy(template(authType), { account: accounts.api, name: 'echo' });
  expect(outputs.Url).toMatch(/^https:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws\/$/);
  const arn = 'arn:aws:lambda:us-east-1:111111111111:function:echo';
  expect([outputs.Ref, outputs.Arn]).toEqual([arn, arn]);
  return outputs.Url ?? '';
}

const permit = (
  StatementId: string,
  input: Partial<ConstructorParameters<typeof AddPermissionCommand>[0]> & { Action: string },
) => lambda.send(new AddPermissionCommand({ FunctionName: 'echo', Principal: '*', StatementId, ...input }));

const publicUrl = () => permit('url', { Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' });
const publicInvoke = () => permit('invoke', { Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true });

describe('AWS_IAM', () => {
  let url: string;
  beforeEach(async () => {
    url = await deploy('AWS_IAM');
  });

  test('a signed request of a role with both permissions reaches the function, with the identity and the encoded path', async () => {
    const response = await aws.as(caller).fetch(`${url}a%2Fb?x=1&x=2`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', cookie: 'a=1; b=2' },
    });
    expect(response).toBeAllowedBy('Url');
    expect(response).toBeAllowedBy('ViaUrl');
    const { event, requestId } = (await response.json()) as Echo;
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/a%2Fb',
      rawQueryString: 'x=1&x=2',
      queryStringParameters: { x: '1,2' },
      cookies: ['a=1', 'b=2'],
      body: '{"a":1}',
      isBase64Encoded: false,
      requestContext: {
        accountId: '111111111111',
        apiId: new URL(url).host.split('.')[0],
        authorizer: { iam: { accountId: '111111111111', cognitoIdentity: null } },
        domainName: new URL(url).host,
        http: { method: 'POST', path: '/a%2Fb' },
        requestId,
        stage: '$default',
      },
    });
    expect(response.headers.get('x-amzn-requestid')).toBe(requestId);
    expect(event.headers).not.toHaveProperty('authorization');
  });

  test('aws4fetch signs for it without being told the service', async () => {
    const { accessKeyId, secretAccessKey, sessionToken = '' } = aws.as(caller).credentials;
    const signed = await new AwsV4Signer({ url, accessKeyId, secretAccessKey, sessionToken }).sign();
    const response = await aws.fetch(signed.url, { headers: signed.headers });
    expect(response.status).toBe(200);
  });

  test('who lacks one of the two permissions, or signs nothing, is refused in the words of AWS', async () => {
    const lacking = await aws.as('arn:aws:iam::111111111111:role/url-only').fetch(url);
    expect([lacking.status, lacking.headers.get('x-amzn-errortype'), await lacking.json()]).toEqual([
      403,
      'AccessDeniedException',
      FORBIDDEN,
    ]);
    expect(lacking).toBeDeniedBy();
    const unsigned = await aws.fetch(url);
    expect([unsigned.status, await unsigned.json()]).toEqual([403, FORBIDDEN]);
  });

  test('a signature for another service, or a wrong one, is refused, and the answer does not show what was signed', async () => {
    const keys = aws.as(caller).credentials;
    const { sessionToken = '' } = keys;
    const send = async (options: object) => {
      const signed = await new AwsV4Signer({ url, ...keys, sessionToken, ...options }).sign();
      return aws.fetch(signed.url, { headers: signed.headers });
    };
    const wrong = await send({ secretAccessKey: 'wrong' });
    expect([wrong.status, wrong.headers.get('x-amzn-errortype'), await wrong.json()]).toEqual([
      403,
      'InvalidSignatureException',
      {
        message:
          'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      },
    ]);
    expect(await (await send({ service: 'execute-api' })).json()).toEqual({
      message: expect.stringContaining("correct service: 'lambda'"),
    });
  });

  test('the permission to invoke the function directly is not needed, and the one via the URL does not give it', async () => {
    await expect(aws.as(caller).invoke('echo')).rejects.toBeDeniedBy();
  });

  test('another account needs both permissions on both sides', async () => {
    await aws.deploy(
      { Resources: { Caller: role('caller', { Service: 'lambda.amazonaws.com' }, mayCall) } },
      { account: accounts.caller, name: 'caller' },
    );
    const call = async () => (await aws.as(inAccountB).fetch(url)).status;
    expect(await call()).toBe(403);
    const to = { Principal: inAccountB };
    await permit('url', { Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'AWS_IAM', ...to });
    expect(await call()).toBe(403);
    await permit('invoke', { Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true, ...to });
    expect(await call()).toBe(200);
    await lambda.send(new RemovePermissionCommand({ FunctionName: 'echo', StatementId: 'url' }));
    await permit('none', { Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE', ...to });
    expect(await call()).toBe(403);
  });
});

describe('NONE', () => {
  let url: string;
  beforeEach(async () => {
    url = await deploy('NONE');
  });

  test("anybody may call once the function's policy has both statements, and not before", async () => {
    const call = () => aws.fetch(url, { headers: { authorization: 'Basic YTph' } });
    const refused = await call();
    expect([refused.status, await refused.json()]).toEqual([403, FORBIDDEN]);
    const { Statement } = await publicUrl();
    expect(JSON.parse(Statement ?? '').Condition).toEqual({
      StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' },
    });
    expect((await call()).status).toBe(403);
    await publicInvoke();
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: 'echo' }));
    expect(JSON.parse(Policy ?? '').Statement[1].Condition).toEqual({
      Bool: { 'lambda:InvokedViaFunctionUrl': 'true' },
    });
    const { event } = (await (await call()).json()) as Echo;
    expect(event.requestContext).toMatchObject({ accountId: 'anonymous' });
    expect(event.requestContext).not.toHaveProperty('authorizer');
    expect(event.headers.authorization).toBe('Basic YTph');
    expect(event).not.toHaveProperty('body');
    // The public statements do not open the function itself.
    await expect(aws.as(accounts.caller).invoke('echo')).rejects.toThrow();
  });

  test('answers, as they were recorded on AWS', async () => {
    await publicUrl();
    await publicInvoke();
    const ask = async (answer: unknown) => {
      const response = await aws.fetch(`${url}?answer=${encodeURIComponent(JSON.stringify(answer))}`);
      return [response.status, response.headers.get('content-type'), await response.text()];
    };
    expect(await ask({ hello: 'world' })).toEqual([200, 'application/json', '{"hello":"world"}']);
    expect(await ask({ statusCode: 200, body: 'body123' })).toEqual([200, 'application/json', 'body123']);
    expect(await ask({ statusCode: '418', body: "i'm a teapot" })).toEqual([
      418,
      'application/json',
      "i'm a teapot",
    ]);
    expect(await ask('hello')).toEqual([200, 'application/json', 'hello']);
    expect(await ask(3.1)).toEqual([200, 'application/json', '3.1']);
    const failed = await aws.fetch(`${url}?fail=1`);
    expect([failed.status, await failed.text()]).toEqual([502, 'Internal Server Error']);
    expect(aws.calls({ operation: 'InvokeFunctionUrl' }).at(-1)).toMatchObject({
      failure: { errorMessage: 'It was told to fail.' },
    });
  });

  test('a form is Base64 in the event, and text is text', async () => {
    await publicUrl();
    await publicInvoke();
    const send = async (body: string | FormData | URLSearchParams) => {
      const { event } = (await (await aws.fetch(url, { method: 'POST', body })).json()) as Echo;
      return [event.body, event.isBase64Encoded];
    };
    expect(await send(new URLSearchParams({ a: 'b' }))).toEqual([
      Buffer.from('a=b').toString('base64'),
      true,
    ]);
    expect(await send('text')).toEqual(['text', false]);
  });

  test('a URL stays the same when its type changes, and ends with its configuration', async () => {
    const FunctionName = 'echo';
    const { FunctionUrl } = await lambda.send(
      new UpdateFunctionUrlConfigCommand({ FunctionName, AuthType: 'AWS_IAM' }),
    );
    expect(FunctionUrl).toBe(url);
    await publicUrl();
    await publicInvoke();
    expect((await aws.fetch(url)).status).toBe(403);
    await lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
    const gone = await aws.fetch(url);
    expect([gone.status, gone.headers.get('x-amzn-errortype'), await gone.text()]).toEqual([
      403,
      'AccessDeniedException',
      '{"Message":null}',
    ]);
    await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' }));
    const again = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }));
    expect(again.FunctionUrl).not.toBe(url);
    expect((await aws.fetch(again.FunctionUrl ?? '')).status).toBe(200);
  });
});

const withUrl = (properties: object) => {
  const { Url, ...rest } = template('NONE').Resources;
  return { Resources: { ...rest, Url: { ...Url, Properties: { ...Url.Properties, ...properties } } } };
};

test('a property that a template no longer has is gone', async () => {
  const corsOf = async () =>
    (await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: 'echo' }))).Cors;
  await aws.deploy(withUrl({ Cors: { AllowOrigins: ['*'] } }), { account: accounts.api, name: 'echo' });
  expect(await corsOf()).toEqual({ AllowOrigins: ['*'] });
  await deploy('NONE');
  expect(await corsOf()).toBeUndefined();
});

test('what local AWS lacks is refused by name, or named without effect', async () => {
  const streaming = aws.deploy(withUrl({ InvokeMode: 'RESPONSE_STREAM' }), {
    account: accounts.api,
    name: 'stream',
  });
  await expect(streaming).rejects.toThrow(/does not have RESPONSE_STREAM: use BUFFERED/);
});
