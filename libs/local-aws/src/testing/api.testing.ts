/** A REST API with a function behind it, and a role that a principal of the other account may assume. */
export const apiTemplate = {
  Resources: {
    HelloRole: {
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
      },
    },
    Hello: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'hello',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['HelloRole', 'Arn'] },
        Code: {
          ZipFile: `exports.handler = async (event) => {
            if (event.fail) throw new Error('It was told to fail.');
            if (event.waitMs) {
              await fetch(process.env.AWS_ENDPOINT_URL + '/started');
              await new Promise((resolve) => setTimeout(resolve, event.waitMs));
              return (await fetch('https://sts.us-east-1.amazonaws.com/late')).status;
            }
            const status = event.queryStringParameters?.status;
            if (status) return { statusCode: Number(status), headers: { location: '/elsewhere' } };
            return event.httpMethod ? { statusCode: 200, body: JSON.stringify({ path: event.path, query: event.queryStringParameters, body: event.body }) } : { hello: event.name };
          };`,
        },
      },
    },
    HelloPermission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { Ref: 'Hello' },
        Principal: 'apigateway.amazonaws.com',
      },
    },
    Api: {
      Type: 'AWS::ApiGateway::RestApi',
      Properties: { Name: 'hello', EndpointConfiguration: { Types: ['REGIONAL'] } },
    },
    Root: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: {
        RestApiId: { Ref: 'Api' },
        ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
        PathPart: 'hello',
      },
    },
    Get: method('GET', 'AWS_IAM'),
    Post: method('POST', 'NONE'),
    Deployment: {
      Type: 'AWS::ApiGateway::Deployment',
      DependsOn: ['Get', 'Post'],
      Properties: { RestApiId: { Ref: 'Api' }, StageName: 'test' },
    },
    Invoke: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'invoke',
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: {
            Sid: 'TrustCaller',
            Effect: 'Allow',
            Principal: { AWS: '222222222222' },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'sts:ExternalId': 'id' } },
          },
        },
        Policies: [
          {
            PolicyName: 'routes',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                {
                  Sid: 'InvokeRoute',
                  Effect: 'Allow',
                  Action: 'execute-api:Invoke',
                  Resource: {
                    'Fn::Sub': `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/test/GET/hello`,
                  },
                },
                { Sid: 'NoFunctions', Effect: 'Deny', Action: 'lambda:*', Resource: '*' },
              ],
            },
          },
        ],
      },
    },
  },
  Outputs: {
    Url: { Value: { 'Fn::Sub': `https://\${Api}.execute-api.\${AWS::Region}.amazonaws.com/test/hello` } },
    RoleArn: { Value: { 'Fn::GetAtt': ['Invoke', 'Arn'] } },
  },
};

function method(HttpMethod: string, AuthorizationType: string) {
  return {
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      HttpMethod,
      AuthorizationType,
      RestApiId: { Ref: 'Api' },
      ResourceId: { Ref: 'Root' },
      Integration: {
        Type: 'AWS_PROXY',
        IntegrationHttpMethod: 'POST',
        Uri: {
          'Fn::Sub': `arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${Hello.Arn}/invocations`,
        },
      },
    },
  };
}
