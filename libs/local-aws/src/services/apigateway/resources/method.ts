import * as v from 'valibot';
import { badRequest, conflict, notFound } from '../definition/errors.ts';
import { integrationProperties, readIntegration } from '../definition/integration.ts';
import { booleanMap, off, statusCode, uncapitalized, unsupported } from '../definition/property-values.ts';
import { type Method, requestParameter } from '../deployed-api.ts';
import { type ApiStore, type RestApi, requestValidatorOf, resourceOf } from '../store.ts';
import { apiPartType } from './api-part.ts';

const models = v.optional(v.record(v.string(), v.string()), {});

const properties = v.strictObject({
  RestApiId: v.string(),
  ResourceId: v.string(),
  HttpMethod: v.picklist(['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']),
  AuthorizationType: v.optional(
    v.picklist(
      ['NONE', 'AWS_IAM'],
      ({ input }) => `local AWS does not support AuthorizationType ${input}: use AWS_IAM or NONE.`,
    ),
    'NONE',
  ),
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
export function methodType(store: ApiStore) {
  const put = (api: RestApi, given: Properties) =>
    resourceOf(api, given.ResourceId).methods.set(given.HttpMethod, readMethod(api, given));
  return apiPartType(store, 'AWS::ApiGateway::Method', properties, {
    replacedBy: ['ResourceId', 'HttpMethod'],
    path: ({ ResourceId, HttpMethod }) => `resources/${ResourceId}/methods/${HttpMethod}`,
    create(api, given) {
      const { RestApiId, ResourceId, HttpMethod } = given;
      if (resourceOf(api, ResourceId).methods.has(HttpMethod)) {
        throw conflict('Method already exists for this resource');
      }
      put(api, given);
      return { physicalId: `${RestApiId}|${ResourceId}|${HttpMethod}`, attributes: {} };
    },
    update: put,
    remove: (api, _id, { ResourceId, HttpMethod }) =>
      api.resources.get(ResourceId)?.methods.delete(HttpMethod),
  });
}

function readMethod(api: RestApi, given: Properties): Method {
  for (const name of Object.values(given.RequestModels)) {
    if (name !== 'Empty' && name !== 'Error' && !api.models.has(name)) {
      throw notFound(`Invalid model identifier specified: ${name}`);
    }
  }
  if (given.RequestValidatorId !== undefined) requestValidatorOf(api, given.RequestValidatorId);
  for (const parameter of Object.keys(given.RequestParameters)) {
    if (requestParameter(parameter) === undefined) {
      throw badRequest(
        `Invalid mapping expression specified: ${parameter}: use method.request.{header|querystring|path}.<name>.`,
      );
    }
  }
  const { RestApiId: _, ResourceId, MethodResponses, Integration, ...others } = given;
  const methodResponses = MethodResponses.map(uncapitalized);
  return {
    ...uncapitalized(others),
    methodResponses,
    ...(Integration && readIntegration(Integration, ResourceId, methodResponses)),
  };
}
