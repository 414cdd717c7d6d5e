import type { Resource, RouteEvent, Template } from '@cross-account-api/serverless-plugin';

/** A function of serverless.yml, as far as the outline needs it. */
interface OutlinedFunction {
  readonly name: string;
  readonly iamRoleStatementsName?: string | undefined;
  readonly iamRoleStatements?: unknown;
  readonly environment?: unknown;
  readonly layers?: unknown;
}

/**
 * The resources that the framework and serverless-iam-roles-per-function make of functions and their routes, with what the quotas of AWS
 * measure. Events of other kinds, such as a queue's, make resources that it leaves out: packaging counts them.
 * @param functions by their names in serverless.yml
 */
export function outlineOf(
  functions: Readonly<Record<string, OutlinedFunction>>,
  events: readonly RouteEvent[],
): Template['Resources'] {
  const rest = events.filter(({ type }) => type === 'http');
  return Object.fromEntries([
    // The bucket of the deployment, and its policy.
    ['ServerlessDeploymentBucket', resource('AWS::S3::Bucket')],
    ['ServerlessDeploymentBucketPolicy', resource('AWS::S3::BucketPolicy')],
    ...Object.entries(functions).flatMap(([key, definition]) => ofFunction(key, definition)),
    ...(rest.length === 0 ? [] : apiResources(rest)),
  ]);
}

function ofFunction(key: string, definition: OutlinedFunction): [string, Resource][] {
  const { name, iamRoleStatementsName, iamRoleStatements, environment, layers } = definition;
  const Statement = Array.isArray(iamRoleStatements) ? iamRoleStatements : [];
  return [
    [`${key}LogGroup`, resource('AWS::Logs::LogGroup', { LogGroupName: `/aws/lambda/${name}` })],
    [
      `${key}Function`,
      resource('AWS::Lambda::Function', {
        FunctionName: name,
        Environment: { Variables: environment },
        Layers: layers,
      }),
    ],
    [
      `${key}Role`,
      resource('AWS::IAM::Role', {
        RoleName: iamRoleStatementsName,
        Policies: [{ PolicyDocument: { Version: '2012-10-17', Statement } }],
      }),
    ],
  ];
}

/** The API, its deployments, and for each route a method, for each part of a path a resource, for each function a permission. */
function apiResources(events: readonly RouteEvent[]): [string, Resource][] {
  const paths = new Set(
    events.flatMap(({ route }) => {
      const parts = String(route.split(' ')[1]).split('/').filter(Boolean);
      return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    }),
  );
  const functions = new Set(events.map(({ functionName }) => functionName));
  return [
    ['ApiGatewayRestApi', resource('AWS::ApiGateway::RestApi')],
    ...['A', 'B'].map((choice): [string, Resource] => [
      `ApiGatewayDeployment${choice}`,
      resource('AWS::ApiGateway::Deployment'),
    ]),
    ...[...paths].map((path): [string, Resource] => [
      `Resource ${path}`,
      resource('AWS::ApiGateway::Resource'),
    ]),
    ...events.map(({ route }): [string, Resource] => [
      `Method ${route}`,
      resource('AWS::ApiGateway::Method'),
    ]),
    ...[...functions].map((name): [string, Resource] => [
      `${name}Permission`,
      resource('AWS::Lambda::Permission'),
    ]),
  ];
}

function resource(Type: string, Properties: Record<string, unknown> = {}): Resource {
  return { Type, Properties };
}
