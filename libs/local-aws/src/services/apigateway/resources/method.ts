import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { ResourceContext, ResourceType } from '../../resource-type.ts';
import { compileIntegration, type IntegrationSettings } from '../definition/integration.ts';
import type { Method, MethodResponse, RestApi } from '../rest-api.ts';
import { type ApiStore, notFound, resourceOf } from '../store.ts';
import { findApi } from './find-api.ts';
import { boolean, booleanMap, defined, number, statusCode, stringMap, unsupported } from './properties.ts';

const integrationSchema = v.strictObject({
  Type: v.string(),
  Uri: v.optional(v.string()),
  IntegrationHttpMethod: v.optional(v.string()),
  Credentials: v.optional(v.string()),
  TimeoutInMillis: v.optional(number),
  PassthroughBehavior: v.optional(v.picklist(['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'])),
  ContentHandling: v.optional(v.picklist(['CONVERT_TO_TEXT', 'CONVERT_TO_BINARY'])),
  ConnectionType: v.optional(v.literal('INTERNET')),
  RequestParameters: v.optional(stringMap),
  RequestTemplates: v.optional(stringMap),
  IntegrationResponses: v.optional(
    v.array(
      v.strictObject({
        StatusCode: statusCode,
        SelectionPattern: v.optional(v.string()),
        ContentHandling: v.optional(v.picklist(['CONVERT_TO_TEXT', 'CONVERT_TO_BINARY'])),
        ResponseParameters: v.optional(stringMap),
        ResponseTemplates: v.optional(stringMap),
      }),
    ),
  ),
});

const schema = v.strictObject({
  RestApiId: v.string(),
  ResourceId: v.string(),
  HttpMethod: v.picklist(['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']),
  AuthorizationType: v.optional(v.string()),
  AuthorizerId: v.optional(unsupported('use AuthorizationType AWS_IAM or NONE')),
  AuthorizationScopes: v.optional(unsupported('scopes belong to Cognito authorizers')),
  ApiKeyRequired: v.optional(
    v.pipe(
      boolean,
      v.check((required) => !required, 'not supported by local AWS: API keys and usage plans'),
    ),
  ),
  OperationName: v.optional(v.string()),
  RequestParameters: v.optional(booleanMap),
  RequestModels: v.optional(v.record(v.string(), v.string())),
  RequestValidatorId: v.optional(v.string()),
  MethodResponses: v.optional(
    v.array(
      v.strictObject({
        StatusCode: statusCode,
        ResponseParameters: v.optional(booleanMap),
        ResponseModels: v.optional(v.record(v.string(), v.string())),
      }),
    ),
  ),
  Integration: v.optional(integrationSchema),
});

type Properties = v.InferOutput<typeof schema>;

/** `AWS::ApiGateway::Method`, with its integration. */
export function methodType(store: ApiStore): ResourceType<typeof schema> {
  const put = (properties: Properties, context: ResourceContext) => {
    const api = store.api(context, properties.RestApiId);
    const resource = resourceOf(api, properties.ResourceId);
    resource.methods.set(properties.HttpMethod, toMethod(api, properties));
    const physicalId = `${properties.RestApiId}|${properties.ResourceId}|${properties.HttpMethod}`;
    return { physicalId, attributes: {} };
  };
  return {
    typeName: 'AWS::ApiGateway::Method',
    properties: schema,
    replacedBy: ['RestApiId', 'ResourceId', 'HttpMethod'],
    async create(properties, context) {
      const api = store.api(context, properties.RestApiId);
      if (resourceOf(api, properties.ResourceId).methods.has(properties.HttpMethod)) {
        throw new AwsError('ConflictException', 'Method already exists for this resource', 409);
      }
      return put(properties, context);
    },
    update: async (_current, properties, _previous, context) => put(properties, context),
    async delete(_current, properties, context) {
      const api = findApi(store, context, properties.RestApiId);
      api?.resources.get(properties.ResourceId)?.methods.delete(properties.HttpMethod);
    },
  };
}

function toMethod(api: RestApi, properties: Properties): Method {
  const requestModels = properties.RequestModels ?? {};
  for (const name of Object.values(requestModels)) {
    if (name !== 'Empty' && name !== 'Error' && !api.models.has(name)) {
      throw notFound(`Invalid model identifier specified: ${name}`);
    }
  }
  const validatorId = properties.RequestValidatorId;
  if (validatorId !== undefined && !api.requestValidators.has(validatorId)) {
    throw notFound('Invalid Request Validator identifier specified');
  }
  for (const parameter of Object.keys(properties.RequestParameters ?? {})) {
    if (!/^method\.request\.(?:header|querystring|path)\..{1,200}$/.test(parameter)) {
      throw new AwsError(
        'BadRequestException',
        `Invalid mapping expression specified: ${parameter}: use method.request.{header|querystring|path}.<name>.`,
      );
    }
  }
  const methodResponses = (properties.MethodResponses ?? []).map(toMethodResponse);
  return {
    httpMethod: properties.HttpMethod,
    authorizationType: authorizationType(properties.AuthorizationType),
    requestParameters: properties.RequestParameters ?? {},
    requestModels,
    methodResponses,
    ...defined({
      operationName: properties.OperationName,
      requestValidatorId: validatorId,
      integration:
        properties.Integration && toIntegration(properties, properties.Integration, methodResponses),
    }),
  };
}

function authorizationType(type = 'NONE'): Method['authorizationType'] {
  if (type === 'NONE' || type === 'AWS_IAM') return type;
  throw new AwsError(
    'BadRequestException',
    `local AWS does not support AuthorizationType ${type}: use AWS_IAM or NONE.`,
  );
}

function toMethodResponse(response: NonNullable<Properties['MethodResponses']>[number]): MethodResponse {
  return {
    statusCode: response.StatusCode,
    responseParameters: response.ResponseParameters ?? {},
    responseModels: response.ResponseModels ?? {},
  };
}

function toIntegration(
  properties: Properties,
  integration: v.InferOutput<typeof integrationSchema>,
  methodResponses: readonly MethodResponse[],
): NonNullable<Method['integration']> {
  const settings: IntegrationSettings = {
    type: integration.Type,
    requestParameters: integration.RequestParameters ?? {},
    requestTemplates: integration.RequestTemplates ?? {},
    responses: (integration.IntegrationResponses ?? []).map((response) => ({
      statusCode: response.StatusCode,
      responseParameters: response.ResponseParameters ?? {},
      responseTemplates: response.ResponseTemplates ?? {},
      ...defined({ selectionPattern: response.SelectionPattern }),
    })),
    ...defined({
      uri: integration.Uri,
      integrationHttpMethod: integration.IntegrationHttpMethod,
      credentials: integration.Credentials,
      timeoutInMillis: integration.TimeoutInMillis,
      passthroughBehavior: integration.PassthroughBehavior,
      contentHandling: integration.ContentHandling,
    }),
  };
  return {
    compiled: compileIntegration(settings, declaredHeaders(methodResponses)),
    document: {
      type: settings.type,
      httpMethod: settings.integrationHttpMethod,
      uri: settings.uri,
      requestParameters: settings.requestParameters,
      requestTemplates: settings.requestTemplates,
      passthroughBehavior: settings.passthroughBehavior ?? 'WHEN_NO_MATCH',
      contentHandling: settings.contentHandling,
      timeoutInMillis: settings.timeoutInMillis ?? 29_000,
      cacheNamespace: properties.ResourceId,
      cacheKeyParameters: [],
      integrationResponses: Object.fromEntries(
        settings.responses.map((response) => [response.statusCode, response]),
      ),
    },
  };
}

function declaredHeaders(responses: readonly MethodResponse[]): Map<string, Set<string>> {
  return new Map(
    responses.map((response) => [
      response.statusCode,
      new Set(
        Object.keys(response.responseParameters).map((parameter) =>
          parameter.replace(/^method\.response\.header\./, '').toLowerCase(),
        ),
      ),
    ]),
  );
}
