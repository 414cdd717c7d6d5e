import * as v from 'valibot';
import { badRequest } from '../../apigateway/definition/errors.ts';
import {
  stringMap,
  structure,
  uncapitalized,
  unsupported,
} from '../../apigateway/definition/property-values.ts';
import { apiTags, ownerType } from '../../apigateway/resources/api-part.ts';
import type { ResourceType } from '../../resource-type.ts';
import { endpointOf } from '../operations/collections.ts';
import type { HttpApiSettings, HttpApiStore } from '../store.ts';

const strings = v.optional(v.array(v.string()));

const properties = v.strictObject({
  Name: v.pipe(v.string(), v.minLength(1)),
  ProtocolType: v.literal('HTTP', 'local AWS does not support WebSocket APIs: ProtocolType must be HTTP.'),
  Description: v.optional(v.string()),
  Version: v.optional(v.string()),
  CorsConfiguration: v.optional(
    structure({
      AllowCredentials: v.optional(v.boolean()),
      AllowHeaders: strings,
      AllowMethods: strings,
      AllowOrigins: strings,
      ExposeHeaders: strings,
      MaxAge: v.optional(v.pipe(v.number(), v.minValue(-1), v.maxValue(86_400))),
    }),
  ),
  DisableExecuteApiEndpoint: v.optional(v.boolean(), false),
  IpAddressType: v.optional(v.picklist(['ipv4', 'dualstack']), 'ipv4'),
  RouteSelectionExpression: v.optional(v.literal('$request.method $request.path')),
  Body: unsupported('an OpenAPI definition. Write AWS::ApiGatewayV2::Integration and Route instead'),
  Target: unsupported('write AWS::ApiGatewayV2::Integration, Route and Stage instead'),
  Tags: v.optional(stringMap),
});

/** `AWS::ApiGatewayV2::Api`, of protocol HTTP. */
export function apiType(store: HttpApiStore): ResourceType<typeof properties> {
  return ownerType(store, 'AWS::ApiGatewayV2::Api', properties, {
    replacedBy: ['ProtocolType'],
    create: (given, context) => store.createApi(context, settingsOf(given), apiTags(given.Tags, context)),
    update(api, given, context) {
      store.updateApi(api, settingsOf(given));
      api.tags = apiTags(given.Tags, context);
    },
    attributes: (api) => ({ ApiId: api.id, ApiEndpoint: endpointOf(api) }),
  });
}

function settingsOf(given: v.InferOutput<typeof properties>): HttpApiSettings {
  const { Tags: _, ...settings } = given;
  const { allowCredentials, allowOrigins = [] } = given.CorsConfiguration ?? {};
  if (allowCredentials === true && allowOrigins.includes('*')) {
    throw badRequest("allow-credentials is not supported if 'allow-origin' is *");
  }
  return uncapitalized(settings);
}
