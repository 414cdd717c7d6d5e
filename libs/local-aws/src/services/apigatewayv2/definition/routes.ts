import { isArnOf } from '@cross-account-api/iam';
import * as v from 'valibot';
import { authorizationType, authorizerReference } from '../../apigateway/definition/authorizers.ts';
import { badRequest } from '../../apigateway/definition/errors.ts';
import { lambdaFunctionOf } from '../../apigateway/definition/integration.ts';
import { type Given, structure, timeout, unsupported } from '../../apigateway/definition/properties.ts';
import { DEFAULT_ROUTE_KEY, type HttpIntegration, type HttpRoute } from '../store.ts';

const ApiId = v.string();
const text = v.optional(v.string());
const MAPPING = 'mappings of parameters. Read what you need from the event';

const strings = v.optional(v.array(v.string()));

/** The configuration of CORS, in a template or a document. */
export const corsConfiguration = structure({
  AllowCredentials: v.optional(v.boolean()),
  AllowHeaders: strings,
  AllowMethods: strings,
  AllowOrigins: strings,
  ExposeHeaders: strings,
  MaxAge: v.optional(v.pipe(v.number(), v.minValue(-1), v.maxValue(86_400))),
});

/** The properties of `AWS::ApiGatewayV2::Integration`. */
export const integrationProperties = v.strictObject({
  ApiId,
  IntegrationType: v.literal(
    'AWS_PROXY',
    'local AWS does not support integrations of HTTP APIs other than AWS_PROXY with a Lambda function.',
  ),
  IntegrationUri: v.string(),
  IntegrationMethod: v.optional(v.string(), 'POST'),
  IntegrationSubtype: unsupported('integrations with services other than Lambda'),
  PayloadFormatVersion: v.picklist(
    ['1.0', '2.0'],
    'a Lambda integration needs PayloadFormatVersion 1.0 or 2.0.',
  ),
  TimeoutInMillis: timeout(30_000),
  Description: text,
  ConnectionType: v.optional(v.literal('INTERNET', 'local AWS does not support VPC links.')),
  CredentialsArn: unsupported('grant API Gateway the invocation with an AWS::Lambda::Permission'),
  RequestParameters: unsupported(MAPPING),
  ResponseParameters: unsupported(MAPPING),
});

/** The properties of `AWS::ApiGatewayV2::Route`. */
export const routeProperties = v.strictObject({
  ApiId,
  RouteKey: v.string(),
  Target: text,
  AuthorizationType: authorizationType(' on HTTP APIs', ['CUSTOM', 'JWT']),
  ...authorizerReference,
  OperationName: text,
});

/** A route in a document of OpenAPI, whose authorizers are not imported. */
export const documentRouteProperties = v.strictObject({
  ...routeProperties.entries,
  AuthorizationType: authorizationType(' on HTTP APIs', []),
});

/** The properties of `AWS::ApiGatewayV2::Authorizer`. */
export const authorizerProperties = v.strictObject({
  ApiId,
  Name: v.string(),
  AuthorizerType: v.picklist(['REQUEST', 'JWT']),
  AuthorizerCredentialsArn: text,
  AuthorizerPayloadFormatVersion: v.optional(v.picklist(['1.0', '2.0'])),
  AuthorizerResultTtlInSeconds: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(3_600))),
  AuthorizerUri: text,
  EnableSimpleResponses: v.optional(v.boolean()),
  IdentitySource: strings,
  IdentityValidationExpression: text,
  JwtConfiguration: v.optional(structure({ Audience: strings, Issuer: text })),
});

/** Reads an integration. The URI is the ARN of the function, or has the form that REST APIs use. @throws AwsError if it is neither */
export function integrationOf({ apiId: _, ...given }: Given<typeof integrationProperties>): HttpIntegration {
  const uri = given.integrationUri;
  const functionArn = isArnOf(uri, 'lambda', 'function:') ? uri : lambdaFunctionOf(uri);
  if (functionArn !== undefined) return { ...given, functionArn };
  throw badRequest(`Invalid function ARN ${uri} or invalid uri. Give the ARN of a Lambda function.`);
}

/** Reads a route. @throws AwsError if its key or its target is not valid */
export function routeOf({ apiId: _, target, ...given }: Given<typeof routeProperties>): HttpRoute {
  assertRouteKey(given.routeKey);
  if (target === undefined) return given;
  const integrationId = /^integrations\/(\w+)$/.exec(target)?.[1];
  if (integrationId !== undefined) return { ...given, integrationId };
  throw badRequest(`Invalid target ${target}. It must be integrations/<IntegrationId>.`);
}

const METHODS = ['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** A path. Only its last segment may be a greedy variable. */
const PATH = /^(?:\/(?:\{[\w.:-]+\}|[^{}\s?#/]+))*(?:\/(?:\{[\w.:-]+\+\})?)?$/;

function assertRouteKey(routeKey: string): void {
  if (routeKey === DEFAULT_ROUTE_KEY) return;
  const [method = '', path = ''] = routeKey.split(/ (.*)/s, 2);
  if (!METHODS.includes(method) || path === '' || !PATH.test(path)) {
    throw badRequest(
      `The provided route key is not formatted properly for HTTP protocol. ${routeKey} must be $default, or a method (${METHODS.join(', ')}), a space and a path such as /files/{id} or /files/{path+}.`,
    );
  }
}
