import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { Scope } from '../../../core/scope.ts';
import type { ResourceType } from '../../resource-type.ts';
import { integrationProperties, readIntegration } from '../definition/integration.ts';
import { booleanMap, off, statusCode, uncapitalized, unsupported } from '../definition/property-values.ts';
import {
  type ApiStore,
  badRequest,
  conflict,
  type Method,
  notFound,
  type RestApi,
  requestValidatorOf,
  resourceOf,
} from '../store.ts';

const models = v.optional(v.record(v.string(), v.string()), {});

const properties = v.strictObject({
  RestApiId: v.string(),
  ResourceId: v.string(),
  HttpMethod: v.picklist(['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']),
  AuthorizationType: v.optional(v.string(), 'NONE'),
  AuthorizerId: unsupported('use AuthorizationType AWS_IAM or NONE'),
  AuthorizationScopes: unsupported('scopes belong to Cognito authorizers'),
  ApiKeyRequired: off('API keys and usage plans'),
  OperationName: v.optional(v.string()),
  RequestParameters: v.optional(booleanMap, {}),
  RequestModels: models,
  RequestValidatorId: v.optional(v.string()),
  MethodResponses: v.optional(
    v.array(
      v.strictObject({
        StatusCode: statusCode,
        ResponseParameters: v.optional(booleanMap, {}),
        ResponseModels: models,
      }),
    ),
    [],
  ),
  Integration: v.optional(integrationProperties),
});

type Properties = v.InferOutput<typeof properties>;

/** `AWS::ApiGateway::Method`, with its integration. */
export function methodType(store: ApiStore): ResourceType<typeof properties> {
  const put = (given: Properties, scope: Scope) => {
    const api = store.api(scope, given.RestApiId);
    resourceOf(api, given.ResourceId).methods.set(given.HttpMethod, readMethod(api, given));
    return { physicalId: `${given.RestApiId}|${given.ResourceId}|${given.HttpMethod}`, attributes: {} };
  };
  return {
    typeName: 'AWS::ApiGateway::Method',
    properties,
    replacedBy: ['RestApiId', 'ResourceId', 'HttpMethod'],
    async create(given, context) {
      const { methods } = resourceOf(store.api(context, given.RestApiId), given.ResourceId);
      if (methods.has(given.HttpMethod)) throw conflict('Method already exists for this resource');
      return put(given, context);
    },
    update: async (_current, given, _previous, context) => put(given, context),
    async delete(_current, { RestApiId, ResourceId, HttpMethod }, context) {
      store.findApi(context, RestApiId)?.resources.get(ResourceId)?.methods.delete(HttpMethod);
    },
  };
}

function readMethod(api: RestApi, given: Properties): Method {
  for (const name of Object.values(given.RequestModels)) {
    if (name !== 'Empty' && name !== 'Error' && !api.models.has(name)) {
      throw notFound(`Invalid model identifier specified: ${name}`);
    }
  }
  if (given.RequestValidatorId !== undefined) requestValidatorOf(api, given.RequestValidatorId);
  for (const parameter of Object.keys(given.RequestParameters)) {
    if (!/^method\.request\.(?:header|querystring|path)\..{1,200}$/.test(parameter)) {
      throw badRequest(
        `Invalid mapping expression specified: ${parameter}: use method.request.{header|querystring|path}.<name>.`,
      );
    }
  }
  const { RestApiId: _, ResourceId, MethodResponses, Integration, ...others } = given;
  const methodResponses = MethodResponses.map(uncapitalized);
  return {
    ...uncapitalized(others),
    authorizationType: readAuthorizationType(given.AuthorizationType),
    methodResponses,
    ...defined({ integration: Integration && readIntegration(Integration, ResourceId, methodResponses) }),
  };
}

function readAuthorizationType(type: string): Method['authorizationType'] {
  if (type === 'NONE' || type === 'AWS_IAM') return type;
  throw badRequest(`local AWS does not support AuthorizationType ${type}: use AWS_IAM or NONE.`);
}
