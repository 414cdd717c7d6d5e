import * as v from 'valibot';
import { type Method, requestParameter } from '../deployed-api.ts';
import { type RestApi, requestValidatorOf } from '../store.ts';
import { badRequest, notFound } from './errors.ts';
import { integrationProperties, readIntegration } from './integration.ts';
import { booleanMap, off, statusCode, uncapitalized, unsupported } from './property-values.ts';

const models = v.optional(v.record(v.string(), v.string()), {});

/** The properties of `AWS::ApiGateway::Method` that say what a method does. */
export const methodEntries = {
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
} as const;

/** The properties of a method, checked. */
export type MethodProperties = v.InferOutput<v.ObjectSchema<typeof methodEntries, undefined>>;

/** Checks a method of an API, and compiles its integration. */
export function readMethod(api: RestApi, resourceId: string, given: MethodProperties): Method {
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
  const { MethodResponses, Integration, ...others } = given;
  const methodResponses = MethodResponses.map(uncapitalized);
  return {
    ...uncapitalized(others),
    methodResponses,
    ...(Integration && readIntegration(Integration, resourceId, methodResponses)),
  };
}
