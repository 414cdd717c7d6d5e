/** A CloudFormation resource. */
export interface Resource {
  readonly Type: string;
  readonly Properties: object;
  readonly DependsOn?: readonly string[];
}

/** A method of an API in the templates of the tests. */
export interface MethodDescription {
  /** `GET /items/{id}` */
  readonly route: string;
  /** Logical ID of the function behind it. Default: a MOCK that answers 200. */
  readonly functionId?: string;
  readonly timeoutInMillis?: number;
  readonly authorizationType?: 'AWS_IAM' | 'NONE';
  /** Further properties of the method. */
  readonly properties?: object;
}

/** The resources of an API, from the API to its stage `dev`. */
export function apiResources(
  id: string,
  methods: readonly MethodDescription[],
  options: {
    readonly policy?: object;
    readonly methodSettings?: readonly object[];
    readonly more?: Readonly<Record<string, Resource>>;
  } = {},
): Record<string, Resource> {
  const resources: Record<string, Resource> = {
    [id]: {
      Type: 'AWS::ApiGateway::RestApi',
      Properties: { Name: id, ...(options.policy && { Policy: options.policy }) },
    },
    ...options.more,
  };
  const paths = new Map<string, object>([['', { 'Fn::GetAtt': [id, 'RootResourceId'] }]]);
  const resourceAt = (path: string): object => {
    const known = paths.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf('/');
    const ParentId = resourceAt(path.slice(0, slash));
    const logicalId = `${id}Resource${paths.size}`;
    resources[logicalId] = {
      Type: 'AWS::ApiGateway::Resource',
      Properties: {
        RestApiId: { Ref: id },
        ParentId,
        PathPart: path.slice(slash + 1),
      },
    };
    const reference = { Ref: logicalId };
    paths.set(path, reference);
    return reference;
  };
  const methodIds = methods.map((method, index) => {
    const [httpMethod = '', path = ''] = method.route.split(' ');
    const logicalId = `${id}Method${index}`;
    resources[logicalId] = {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: { Ref: id },
        ResourceId: resourceAt(path === '/' ? '' : path),
        HttpMethod: httpMethod,
        AuthorizationType: method.authorizationType ?? 'AWS_IAM',
        MethodResponses: [{ StatusCode: '200' }],
        Integration: integrationOf(method),
        ...method.properties,
      },
    };
    return logicalId;
  });
  resources[`${id}Deployment`] = {
    Type: 'AWS::ApiGateway::Deployment',
    DependsOn: methodIds,
    Properties: { RestApiId: { Ref: id } },
  };
  resources[`${id}Stage`] = {
    Type: 'AWS::ApiGateway::Stage',
    Properties: {
      RestApiId: { Ref: id },
      DeploymentId: { Ref: `${id}Deployment` },
      StageName: 'dev',
      ...(options.methodSettings && { MethodSettings: options.methodSettings }),
    },
  };
  return resources;
}

function integrationOf({ functionId, timeoutInMillis }: MethodDescription): object {
  if (functionId === undefined) {
    return {
      Type: 'MOCK',
      RequestTemplates: { 'application/json': '{"statusCode":200}' },
      IntegrationResponses: [
        { StatusCode: '200', ResponseTemplates: { 'application/json': '{"mock":true}' } },
      ],
    };
  }
  return {
    Type: 'AWS_PROXY',
    IntegrationHttpMethod: 'POST',
    Uri: {
      'Fn::Sub': `arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${functionId}.Arn}/invocations`,
    },
    ...(timeoutInMillis === undefined ? {} : { TimeoutInMillis: timeoutInMillis }),
  };
}

/** A function with inline code. */
export function functionResource(roleId: string, code: string): Resource {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': [roleId, 'Arn'] },
      Code: { ZipFile: code },
    },
  };
}

/** A role that trusts a service. */
export function serviceRole(service: string): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
      },
    },
  };
}

/** Lets API Gateway invoke a function. @param further `SourceArn`, `SourceAccount` */
export function permission(functionId: string, further: object): Resource {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: { Ref: functionId },
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      ...further,
    },
  };
}
