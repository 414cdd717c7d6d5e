import * as v from 'valibot';
import type { Scope } from '../../../core/scope.ts';
import type { ResourceType } from '../../resource-type.ts';
import { boolean } from '../definition/property-values.ts';
import { type ApiStore, randomId } from '../store.ts';

const properties = v.strictObject({
  RestApiId: v.string(),
  Name: v.optional(v.string()),
  ValidateRequestBody: v.optional(boolean, false),
  ValidateRequestParameters: v.optional(boolean, false),
});

/** `AWS::ApiGateway::RequestValidator`. */
export function requestValidatorType(store: ApiStore): ResourceType<typeof properties> {
  const put = (id: string, given: v.InferOutput<typeof properties>, scope: Scope) => {
    store.api(scope, given.RestApiId).requestValidators.set(id, {
      validateRequestBody: given.ValidateRequestBody,
      validateRequestParameters: given.ValidateRequestParameters,
    });
    return { physicalId: id, attributes: { RequestValidatorId: id } };
  };
  return {
    typeName: 'AWS::ApiGateway::RequestValidator',
    properties,
    replacedBy: ['RestApiId', 'Name'],
    create: async (given, context) => put(randomId(6), given, context),
    update: async (current, given, _previous, context) => put(current.physicalId, given, context),
    async delete(current, { RestApiId }, context) {
      store.findApi(context, RestApiId)?.requestValidators.delete(current.physicalId);
    },
  };
}
