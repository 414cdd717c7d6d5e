import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { badRequest } from '../../apigateway/definition/errors.ts';
import { stringMap, uncapitalized, unsupported } from '../../apigateway/definition/property-values.ts';
import { apiRequirements, apiTags } from '../../apigateway/resources/api-part.ts';
import type { ResourceType } from '../../resource-type.ts';
import type { CorsConfiguration } from '../deployed-http-api.ts';
import { endpointOf } from '../operations/collections.ts';
import type { HttpApi, HttpApiSettings, HttpApiStore } from '../store.ts';

const strings = v.optional(v.array(v.string()));

const properties = v.strictObject({
  Name: v.pipe(v.string(), v.minLength(1)),
  ProtocolType: v.literal('HTTP', 'local AWS does not support WebSocket APIs: ProtocolType must be HTTP.'),
  Description: v.optional(v.string()),
  Version: v.optional(v.string()),
  CorsConfiguration: v.optional(
    v.strictObject({
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

type Properties = v.InferOutput<typeof properties>;

/** `AWS::ApiGatewayV2::Api`, of protocol HTTP. */
export function apiType(store: HttpApiStore): ResourceType<typeof properties> {
  return {
    typeName: 'AWS::ApiGatewayV2::Api',
    properties,
    replacedBy: ['ProtocolType'],
    requires: (change) => apiRequirements(store, change),
    async create(given, context) {
      return stateOf(store.createApi(context, settingsOf(given), apiTags(given.Tags, context)));
    },
    async update(current, given, _previous, context) {
      const api = store.api(context, current.physicalId);
      store.updateApi(api, settingsOf(given));
      api.tags = apiTags(given.Tags, context);
      return stateOf(api);
    },
    async delete(current, _given, context) {
      store.deleteApi(context, current.physicalId);
    },
  };
}

function settingsOf(given: Properties): HttpApiSettings {
  const { Name, Description, Version, CorsConfiguration, DisableExecuteApiEndpoint, IpAddressType } = given;
  const cors: CorsConfiguration | undefined = CorsConfiguration && uncapitalized(CorsConfiguration);
  if (cors?.allowCredentials === true && cors.allowOrigins?.includes('*')) {
    throw badRequest("allow-credentials is not supported if 'allow-origin' is *");
  }
  return {
    name: Name,
    disableExecuteApiEndpoint: DisableExecuteApiEndpoint,
    ipAddressType: IpAddressType,
    ...defined({ description: Description, version: Version, cors }),
  };
}

function stateOf(api: HttpApi) {
  return { physicalId: api.id, attributes: { ApiId: api.id, ApiEndpoint: endpointOf(api) } };
}
