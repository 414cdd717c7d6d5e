import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { words } from '../../../core/words.ts';
import { badRequest } from '../definition/errors.ts';
import { statusCode, stringMap, uncapitalized } from '../definition/property-values.ts';
import { randomId } from '../definition/random-id.ts';
import type { ApiStore, RestApi } from '../store.ts';
import { apiPartType } from './api-part.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
const responseTypes = words(
  `ACCESS_DENIED API_CONFIGURATION_ERROR AUTHORIZER_CONFIGURATION_ERROR AUTHORIZER_FAILURE BAD_REQUEST_BODY BAD_REQUEST_PARAMETERS
   DEFAULT_4XX DEFAULT_5XX EXPIRED_TOKEN INTEGRATION_FAILURE INTEGRATION_TIMEOUT INVALID_API_KEY INVALID_SIGNATURE
   MISSING_AUTHENTICATION_TOKEN QUOTA_EXCEEDED REQUEST_TOO_LARGE RESOURCE_NOT_FOUND THROTTLED UNAUTHORIZED UNSUPPORTED_MEDIA_TYPE
   WAF_FILTERED`,
);

const properties = v.strictObject({
  RestApiId: v.string(),
  ResponseType: v.picklist(
    responseTypes,
    ({ input }) => `Invalid response type ${input}. Must be one of: [${responseTypes.join(', ')}]`,
  ),
  StatusCode: v.optional(statusCode),
  ResponseParameters: v.optional(stringMap, {}),
  ResponseTemplates: v.optional(stringMap, {}),
});

const HEADER = /^gatewayresponse\.header\.[\w!#$%&'*+.^`|~-]{1,200}$/;
const VALUE =
  /^(?:'[^'\r\n]*'|method\.request\.(?:header|querystring|path)\..{1,200}|context\.[\w.]{1,200}|stageVariables\.\w{1,64})$/;

/** `AWS::ApiGateway::GatewayResponse`. */
export function gatewayResponseType(store: ApiStore) {
  return apiPartType(store, 'AWS::ApiGateway::GatewayResponse', properties, {
    replacedBy: ['ResponseType'],
    path: ({ ResponseType }) => `gatewayresponses/${ResponseType}`,
    create(api, given) {
      put(api, given);
      const id = `aggr-${randomId(6)}`;
      return { physicalId: id, attributes: { Id: id } };
    },
    update: put,
    remove: (api, _id, { ResponseType }) => api.gatewayResponses.delete(ResponseType),
  });
}

function put(
  { gatewayResponses }: RestApi,
  { RestApiId: _, StatusCode, ...given }: v.InferOutput<typeof properties>,
): void {
  for (const [name, value] of Object.entries(given.ResponseParameters)) {
    if (!HEADER.test(name) || !VALUE.test(value)) {
      throw badRequest(
        `Invalid response parameter ${name}: ${value}. Use gatewayresponse.header.<Name> with 'a static value', method.request.{header|querystring|path}.<name>, context.<name> or stageVariables.<name>.`,
      );
    }
  }
  const statusCode = StatusCode === undefined ? undefined : Number(StatusCode);
  gatewayResponses.set(given.ResponseType, defined({ ...uncapitalized(given), statusCode }));
}
