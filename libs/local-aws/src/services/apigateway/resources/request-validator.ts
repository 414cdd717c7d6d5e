import * as v from 'valibot';
import { randomId } from '../definition/random-id.ts';
import type { ApiStore, RestApi } from '../store.ts';
import { partType } from './api-part.ts';

const properties = v.strictObject({
  RestApiId: v.string(),
  Name: v.optional(v.string()),
  ValidateRequestBody: v.optional(v.boolean(), false),
  ValidateRequestParameters: v.optional(v.boolean(), false),
});

/** `AWS::ApiGateway::RequestValidator`. */
export function requestValidatorType(store: ApiStore) {
  const put = (api: RestApi, given: v.InferOutput<typeof properties>, id: string) =>
    api.requestValidators.set(id, {
      validateRequestBody: given.ValidateRequestBody,
      validateRequestParameters: given.ValidateRequestParameters,
    });
  return partType(store, 'AWS::ApiGateway::RequestValidator', properties, {
    replacedBy: ['Name'],
    path: 'requestvalidators',
    attribute: 'RequestValidatorId',
    create(api, given) {
      const id = randomId(6);
      put(api, given, id);
      return id;
    },
    update: put,
    remove: (api, id) => api.requestValidators.delete(id),
  });
}
