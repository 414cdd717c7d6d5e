import { apiTemplate } from '../src/testing/api.testing.ts';
import { accounts, startTestAws, type TestAws } from '../src/testing/index.ts';

/* Lambda authorizers that run, in the account of the API and in another one, deployed as the framework does. */

const { HelloRole } = apiTemplate.Resources;

/** A function that admits the token `Bearer good`, to every route. */
const authorizer = (FunctionName: string, SourceArn: object) => ({
  AuthorizeRole: HelloRole,
  Authorize: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': ['AuthorizeRole', 'Arn'] },
      Code: {
        ZipFile: `exports.handler = async ({ authorizationToken, methodArn }) => {
          if (authorizationToken === 'Bearer none') throw new Error('Unauthorized');
          const Effect = authorizationToken === 'Bearer good' ? 'Allow' : 'Deny';
          const Statement = [{ Effect, Action: 'execute-api:Invoke', Resource: methodArn }];
          return { principalId: 'someone', policyDocument: { Version: '2012-10-17', Statement } };
        };`,
      },
    },
  },
  AuthorizePermission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: { Ref: 'Authorize' },
      Principal: 'apigateway.amazonaws.com',
      SourceArn,
    },
  },
});

/** The API, with an authorizer for `POST /hello`. @param Policy that of the API */
function apiWith(functionArn: object | string, more: object, Policy?: object) {
  const { Resources, Outputs } = apiTemplate;
  const Uri = {
    'Fn::Join': [
      '',
      ['arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/', functionArn, '/invocations'],
    ],
  };
  return {
    Resources: {
      ...Resources,
      ...more,
      Api: { ...Resources.Api, Properties: { ...Resources.Api.Properties, ...(Policy && { Policy }) } },
      People: {
        Type: 'AWS::ApiGateway::Authorizer',
        Properties: {
          RestApiId: { Ref: 'Api' },
          Name: 'people',
          Type: 'TOKEN',
          IdentitySource: 'method.request.header.Authorization',
          AuthorizerUri: Uri,
        },
      },
      Post: {
        ...Resources.Post,
        Properties: {
          ...Resources.Post.Properties,
          AuthorizationType: 'CUSTOM',
          AuthorizerId: { Ref: 'People' },
        },
      },
    },
    Outputs,
  };
}

/** It says nothing about `POST /hello`. */
const silent = {
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: '*',
    Action: 'execute-api:Invoke',
    Resource: 'execute-api:/*/GET/*',
  },
};

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
});
afterEach(() => aws.reset());
afterAll(() => aws?.close());

const statuses = (url: string) =>
  Promise.all(
    ['Bearer good', 'Bearer bad', 'Bearer none'].map(
      async (authorization) => (await aws.fetch(url, { method: 'POST', headers: { authorization } })).status,
    ),
  );

test.each([
  ['without a resource policy', undefined],
  ['with one that says nothing about the caller', silent],
])('%s, an authorizer of the account of the API decides', async (_what, policy) => {
  const own = authorizer('authorize', {
    'Fn::Sub': `arn:aws:execute-api:us-east-1:\${AWS::AccountId}:\${Api}/*/*`,
  });
  const template = apiWith({ 'Fn::GetAtt': ['Authorize', 'Arn'] }, own, policy);
  const { outputs } = await aws.deploy(template, { account: accounts.api, name: 'api' });
  expect(await statuses(outputs.Url ?? '')).toEqual([200, 403, 401]);
});

test.each([
  ['without a resource policy, an authorizer of another account decides', undefined, 200],
  [
    'with one that says nothing about the caller, an authorizer of another account is not enough',
    silent,
    403,
  ],
])('%s', async (_what, policy, status) => {
  const everyApi = { 'Fn::Sub': `arn:aws:execute-api:us-east-1:${accounts.api}:*/authorizers/*` };
  await aws.deploy(
    { Resources: authorizer('shared', everyApi) },
    { account: accounts.caller, name: 'shared' },
  );
  const arn = `arn:aws:lambda:us-east-1:${accounts.caller}:function:shared`;
  const { outputs } = await aws.deploy(apiWith(arn, {}, policy), { account: accounts.api, name: 'api' });
  expect(await statuses(outputs.Url ?? '')).toEqual([status, 403, 401]);
});
