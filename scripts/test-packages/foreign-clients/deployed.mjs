// Deploys the API and the bundled caller to a local AWS, and invokes the caller.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { accounts, startTestAws } from '@cross-account-api/local-aws/testing';

const sub = (text) => ({ 'Fn::Sub': text });
const arn = (name) => ({ 'Fn::GetAtt': [name, 'Arn'] });
const roleOf = (statements) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    },
    Policies:
      statements.length === 0
        ? []
        : [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
  },
});
const functionOf = (name, role, code, variables = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: name,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Timeout: 20,
    Role: arn(role),
    Environment: { Variables: variables },
    Code: { ZipFile: code },
  },
});
const method = (resource, verb) => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    HttpMethod: verb,
    AuthorizationType: 'AWS_IAM',
    RestApiId: { Ref: 'Api' },
    ResourceId: { Ref: resource },
    Integration: {
      Type: 'AWS_PROXY',
      IntegrationHttpMethod: 'POST',
      Uri: sub(
        `arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${Orders.Arn}/invocations`,
      ),
    },
  },
});
const resource = (parent, part) => ({
  Type: 'AWS::ApiGateway::Resource',
  Properties: { RestApiId: { Ref: 'Api' }, ParentId: parent, PathPart: part },
});
const orders = `exports.handler = async ({ httpMethod, pathParameters, headers, body }) => {
  const json = (statusCode, value) => ({ statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
  if (httpMethod === 'POST') return json(201, { id: headers['idempotency-key'] ?? headers['Idempotency-Key'], ...JSON.parse(body) });
  return pathParameters.id === '7' ? json(200, { id: '7' }) : json(404, { message: 'There is none.' });
};`;
const invoke = sub(`arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/test/*/orders*`);
const template = {
  Resources: {
    OrdersRole: roleOf([]),
    Orders: functionOf('orders', 'OrdersRole', orders),
    OrdersPermission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { Ref: 'Orders' },
        Principal: 'apigateway.amazonaws.com',
      },
    },
    Api: {
      Type: 'AWS::ApiGateway::RestApi',
      Properties: { Name: 'orders', EndpointConfiguration: { Types: ['REGIONAL'] } },
    },
    Collection: resource({ 'Fn::GetAtt': ['Api', 'RootResourceId'] }, 'orders'),
    One: resource({ Ref: 'Collection' }, '{id}'),
    Post: method('Collection', 'POST'),
    Get: method('One', 'GET'),
    Deployment: {
      Type: 'AWS::ApiGateway::Deployment',
      DependsOn: ['Get', 'Post'],
      Properties: { RestApiId: { Ref: 'Api' }, StageName: 'test' },
    },
    CallerRole: roleOf([{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: invoke }]),
    Caller: functionOf('caller', 'CallerRole', readFileSync('bundle.cjs', 'utf8'), {
      API_URL: sub(`https://\${Api}.execute-api.\${AWS::Region}.amazonaws.com/test`),
    }),
  },
};

const aws = await startTestAws();
try {
  await aws.deploy(template, { account: accounts.api, name: 'orders' });
  const { payload } = await aws.as(accounts.api).invoke('caller');
  const answers = [
    [200, { id: '7' }],
    [404, { message: 'There is none.' }],
    [201, { id: 'key-1', item: 'a' }],
  ];
  assert.deepEqual(payload, { openapiFetch: answers, orval: answers, refused: 'SignedFetchOptionError' });
  assert.equal(aws.calls({ service: 'execute-api', principal: '*CallerRole*' }).length, 6);
} finally {
  await aws.close();
}
