import * as v from 'valibot';
import { words } from '../../../core/words.ts';
import type { RestApi } from '../store.ts';
import { badRequest } from './errors.ts';
import { statusCode, stringMap, uncapitalized } from './property-values.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
const responseTypes = words(
  `ACCESS_DENIED API_CONFIGURATION_ERROR AUTHORIZER_CONFIGURATION_ERROR AUTHORIZER_FAILURE BAD_REQUEST_BODY BAD_REQUEST_PARAMETERS
   DEFAULT_4XX DEFAULT_5XX EXPIRED_TOKEN INTEGRATION_FAILURE INTEGRATION_TIMEOUT INVALID_API_KEY INVALID_SIGNATURE
   MISSING_AUTHENTICATION_TOKEN QUOTA_EXCEEDED REQUEST_TOO_LARGE RESOURCE_NOT_FOUND THROTTLED UNAUTHORIZED UNSUPPORTED_MEDIA_TYPE
   WAF_FILTERED`,
);

/** The properties of `AWS::ApiGateway::GatewayResponse` that say what it does. */
export const gatewayResponseEntries = {
  ResponseType: v.picklist(
    responseTypes,
    ({ input }) => `Invalid response type ${input}. Must be one of: [${responseTypes.join(', ')}]`,
  ),
  StatusCode: v.optional(v.pipe(statusCode, v.transform(Number))),
  ResponseParameters: v.optional(stringMap, {}),
  ResponseTemplates: v.optional(stringMap, {}),
} as const;

const HEADER = /^gatewayresponse\.header\.[\w!#$%&'*+.^`|~-]{1,200}$/;
const VALUE =
  /^(?:'[^'\r\n]*'|method\.request\.(?:header|querystring|path)\..{1,200}|context\.[\w.]{1,200}|stageVariables\.\w{1,64})$/;

/** Checks a gateway response of an API, and sets it. */
export function putGatewayResponse(
  { gatewayResponses }: Pick<RestApi, 'gatewayResponses'>,
  given: v.InferOutput<v.ObjectSchema<typeof gatewayResponseEntries, undefined>>,
): void {
  for (const [name, value] of Object.entries(given.ResponseParameters)) {
    if (!HEADER.test(name) || !VALUE.test(value)) {
      throw badRequest(
        `Invalid response parameter ${name}: ${value}. Use gatewayresponse.header.<Name> with 'a static value', method.request.{header|querystring|path}.<name>, context.<name> or stageVariables.<name>.`,
      );
    }
  }
  gatewayResponses.set(given.ResponseType, uncapitalized(given));
}
