import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { ResourceContext, ResourceType } from '../../resource-type.ts';
import { gatewayResponseStatus } from '../gateway-response-types.ts';
import { type ApiStore, randomId } from '../store.ts';
import { findApi } from './find-api.ts';
import { defined, statusCode, stringMap } from './properties.ts';

const schema = v.strictObject({
  RestApiId: v.string(),
  ResponseType: v.string(),
  StatusCode: v.optional(statusCode),
  ResponseParameters: v.optional(stringMap),
  ResponseTemplates: v.optional(stringMap),
});

const HEADER = /^gatewayresponse\.header\.[\w!#$%&'*+.^`|~-]{1,200}$/;
const VALUE =
  /^(?:'[^'\r\n]*'|method\.request\.(?:header|querystring|path)\..{1,200}|context\.[\w.]{1,200}|stageVariables\.\w{1,64})$/;

/** `AWS::ApiGateway::GatewayResponse`. */
export function gatewayResponseType(store: ApiStore): ResourceType<typeof schema> {
  const put = (properties: v.InferOutput<typeof schema>, context: ResourceContext) => {
    const { ResponseType: responseType, StatusCode: status } = properties;
    if (!gatewayResponseStatus.has(responseType)) {
      throw new AwsError(
        'BadRequestException',
        `Invalid response type ${responseType}. Must be one of: [${[...gatewayResponseStatus.keys()].join(', ')}]`,
      );
    }
    for (const [name, value] of Object.entries(properties.ResponseParameters ?? {})) {
      if (!HEADER.test(name) || !VALUE.test(value)) {
        throw new AwsError(
          'BadRequestException',
          `Invalid response parameter ${name}: ${value}. Use gatewayresponse.header.<Name> with 'a static value', method.request.{header|querystring|path}.<name>, context.<name> or stageVariables.<name>.`,
        );
      }
    }
    store.api(context, properties.RestApiId).gatewayResponses.set(responseType, {
      responseType,
      responseParameters: properties.ResponseParameters ?? {},
      responseTemplates: properties.ResponseTemplates ?? {},
      ...defined({ statusCode: status === undefined ? undefined : Number(status) }),
    });
  };
  return {
    typeName: 'AWS::ApiGateway::GatewayResponse',
    properties: schema,
    replacedBy: ['RestApiId', 'ResponseType'],
    async create(properties, context) {
      put(properties, context);
      const id = `aggr-${randomId(6)}`;
      return { physicalId: id, attributes: { Id: id } };
    },
    async update(current, properties, _previous, context) {
      put(properties, context);
      return current;
    },
    async delete(_current, properties, context) {
      findApi(store, context, properties.RestApiId)?.gatewayResponses.delete(properties.ResponseType);
    },
  };
}
