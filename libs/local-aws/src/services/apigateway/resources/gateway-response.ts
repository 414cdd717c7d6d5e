import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { Scope } from '../../../core/scope.ts';
import type { ResourceType } from '../../resource-type.ts';
import { statusCode, stringMap, uncapitalized } from '../definition/property-values.ts';
import { type ApiStore, badRequest, randomId } from '../store.ts';

const properties = v.strictObject({
  RestApiId: v.string(),
  ResponseType: v.string(),
  StatusCode: v.optional(statusCode),
  ResponseParameters: v.optional(stringMap, {}),
  ResponseTemplates: v.optional(stringMap, {}),
});

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
const responseTypes: readonly string[] = [
  'ACCESS_DENIED',
  'API_CONFIGURATION_ERROR',
  'AUTHORIZER_CONFIGURATION_ERROR',
  'AUTHORIZER_FAILURE',
  'BAD_REQUEST_BODY',
  'BAD_REQUEST_PARAMETERS',
  'DEFAULT_4XX',
  'DEFAULT_5XX',
  'EXPIRED_TOKEN',
  'INTEGRATION_FAILURE',
  'INTEGRATION_TIMEOUT',
  'INVALID_API_KEY',
  'INVALID_SIGNATURE',
  'MISSING_AUTHENTICATION_TOKEN',
  'QUOTA_EXCEEDED',
  'REQUEST_TOO_LARGE',
  'RESOURCE_NOT_FOUND',
  'THROTTLED',
  'UNAUTHORIZED',
  'UNSUPPORTED_MEDIA_TYPE',
  'WAF_FILTERED',
];

const HEADER = /^gatewayresponse\.header\.[\w!#$%&'*+.^`|~-]{1,200}$/;
const VALUE =
  /^(?:'[^'\r\n]*'|method\.request\.(?:header|querystring|path)\..{1,200}|context\.[\w.]{1,200}|stageVariables\.\w{1,64})$/;

/** `AWS::ApiGateway::GatewayResponse`. */
export function gatewayResponseType(store: ApiStore): ResourceType<typeof properties> {
  const put = (given: v.InferOutput<typeof properties>, scope: Scope) => {
    const { RestApiId, StatusCode: status, ...others } = given;
    const { ResponseType: responseType } = others;
    if (!responseTypes.includes(responseType)) {
      throw badRequest(
        `Invalid response type ${responseType}. Must be one of: [${responseTypes.join(', ')}]`,
      );
    }
    for (const [name, value] of Object.entries(given.ResponseParameters)) {
      if (!HEADER.test(name) || !VALUE.test(value)) {
        throw badRequest(
          `Invalid response parameter ${name}: ${value}. Use gatewayresponse.header.<Name> with 'a static value', method.request.{header|querystring|path}.<name>, context.<name> or stageVariables.<name>.`,
        );
      }
    }
    store.api(scope, RestApiId).gatewayResponses.set(responseType, {
      ...uncapitalized(others),
      ...defined({ statusCode: status === undefined ? undefined : Number(status) }),
    });
  };
  return {
    typeName: 'AWS::ApiGateway::GatewayResponse',
    properties,
    replacedBy: ['RestApiId', 'ResponseType'],
    async create(given, context) {
      put(given, context);
      const id = `aggr-${randomId(6)}`;
      return { physicalId: id, attributes: { Id: id } };
    },
    async update(current, given, _previous, context) {
      put(given, context);
      return current;
    },
    async delete(_current, { RestApiId, ResponseType }, context) {
      store.findApi(context, RestApiId)?.gatewayResponses.delete(ResponseType);
    },
  };
}
