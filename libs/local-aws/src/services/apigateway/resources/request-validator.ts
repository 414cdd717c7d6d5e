import * as v from 'valibot';
import type { ResourceType } from '../../resource-type.ts';
import { type ApiStore, randomId } from '../store.ts';
import { findApi } from './find-api.ts';
import { boolean } from './properties.ts';

const schema = v.strictObject({
  RestApiId: v.string(),
  Name: v.optional(v.string()),
  ValidateRequestBody: v.optional(boolean),
  ValidateRequestParameters: v.optional(boolean),
});

/** `AWS::ApiGateway::RequestValidator`. */
export function requestValidatorType(store: ApiStore): ResourceType<typeof schema> {
  const put = (
    id: string,
    properties: v.InferOutput<typeof schema>,
    scope: Parameters<ApiStore['api']>[0],
    name: string,
  ) => {
    store.api(scope, properties.RestApiId).requestValidators.set(id, {
      id,
      name,
      validateRequestBody: properties.ValidateRequestBody ?? false,
      validateRequestParameters: properties.ValidateRequestParameters ?? false,
    });
    return { physicalId: id, attributes: { RequestValidatorId: id } };
  };
  return {
    typeName: 'AWS::ApiGateway::RequestValidator',
    properties: schema,
    replacedBy: ['RestApiId', 'Name'],
    create: async (properties, context) =>
      put(randomId(6), properties, context, properties.Name ?? context.generateName()),
    async update(current, properties, _previous, context) {
      const validators = store.api(context, properties.RestApiId).requestValidators;
      const name = properties.Name ?? validators.get(current.physicalId)?.name ?? context.generateName();
      return put(current.physicalId, properties, context, name);
    },
    async delete(current, properties, context) {
      findApi(store, context, properties.RestApiId)?.requestValidators.delete(current.physicalId);
    },
  };
}
