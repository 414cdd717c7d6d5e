import {
  App,
  aws_apigateway as apigateway,
  aws_apigatewayv2 as apigatewayv2,
  aws_apigatewayv2_authorizers as authorizers,
  CfnOutput,
  aws_iam as iam,
  aws_apigatewayv2_integrations as integrations,
  aws_lambda as lambda,
  aws_lambda_nodejs as nodejs,
  Stack,
} from 'aws-cdk-lib';

/*
 * An API with IAM authorization, and a role that the function of another account assumes to call it. Nothing here knows that local
 * AWS exists. Contexts: `http`, for an HTTP API instead of a REST API; `greeting`; `callerRole`, which the role trusts; `round`,
 * whose change makes new environments.
 */

const region = 'eu-central-1';
const [owner, other] = ['111111111111', '222222222222'];
const callerRoleName = 'greetings-caller';
const invokeRoleArn = `arn:aws:iam::${owner}:role/greetings-invoke`;
const externalId = 'kV3mQ9xT7pLw';

const app = new App();
const context = (name, fallback) => app.node.tryGetContext(name) ?? fallback;
const runtime = lambda.Runtime.NODEJS_24_X;

const api = new Stack(app, 'Api', { env: { account: owner, region } });
const greet = new lambda.Function(api, 'Greet', {
  runtime,
  handler: 'greet.handler',
  code: lambda.Code.fromAsset('greet'),
  environment: { GREETING: context('greeting', 'Hello') },
});
/** @returns the API's URL, and the ARN that a policy names to admit calls of its route */
function restApi() {
  const rest = new apigateway.RestApi(api, 'Rest', {
    defaultMethodOptions: { authorizationType: apigateway.AuthorizationType.IAM },
  });
  const resource = rest.root.addResource('greetings').addResource('{name}');
  const method = resource.addMethod('GET', new apigateway.LambdaIntegration(greet));
  return { url: rest.url, routeArn: method.methodArn };
}

function httpApi() {
  const http = new apigatewayv2.HttpApi(api, 'Http', {
    defaultAuthorizer: new authorizers.HttpIamAuthorizer(),
  });
  http.addRoutes({
    path: '/greetings/{name}',
    methods: [apigatewayv2.HttpMethod.GET],
    integration: new integrations.HttpLambdaIntegration('Greet', greet),
  });
  return { url: http.apiEndpoint, routeArn: http.arnForExecuteApi('GET', '/greetings/*', '$default') };
}

const { url, routeArn } = context('http') === 'true' ? httpApi() : restApi();
const callerRoleArn = `arn:aws:iam::${other}:role/${context('callerRole', callerRoleName)}`;
new iam.Role(api, 'InvokeRole', {
  roleName: 'greetings-invoke',
  assumedBy: new iam.PrincipalWithConditions(new iam.AccountPrincipal(other), {
    ArnEquals: { 'aws:PrincipalArn': callerRoleArn },
    StringEquals: { 'sts:ExternalId': externalId },
  }),
}).addToPolicy(new iam.PolicyStatement({ actions: ['execute-api:Invoke'], resources: [routeArn] }));
new CfnOutput(api, 'Url', { value: url });
new CfnOutput(api, 'FunctionName', { value: greet.functionName });

const caller = new Stack(app, 'Caller', { env: { account: other, region } });
const callerRole = new iam.Role(caller, 'Role', {
  roleName: callerRoleName,
  assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole')],
});
callerRole.addToPolicy(new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources: [invokeRoleArn] }));
new nodejs.NodejsFunction(caller, 'Function', {
  functionName: 'greetings-caller',
  runtime,
  entry: 'caller.mjs',
  role: callerRole,
  environment: {
    INVOKE_ROLE_ARN: invokeRoleArn,
    EXTERNAL_ID: externalId,
    API_URL: context('apiUrl', 'https://not-deployed.invalid/'),
    ROUND: context('round', '1'),
  },
  // The function brings its SDK: the runtime's SDK is not the tested one.
  bundling: { externalModules: [], format: nodejs.OutputFormat.CJS },
});
