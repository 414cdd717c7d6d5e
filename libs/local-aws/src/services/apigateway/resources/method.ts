import * as v from 'valibot';
import { conflict } from '../definition/errors.ts';
import { integrationRole } from '../definition/integration.ts';
import { methodEntries, readMethod } from '../definition/method.ts';
import { type ApiStore, type RestApi, resourceOf } from '../store.ts';
import { partType } from './api-part.ts';

const properties = v.strictObject({ RestApiId: v.string(), ResourceId: v.string(), ...methodEntries });

type Properties = v.InferOutput<typeof properties>;

/** `AWS::ApiGateway::Method`, with its integration. */
export function methodType(store: ApiStore) {
  const put = (api: RestApi, { RestApiId: _, ResourceId, ...given }: Properties) =>
    resourceOf(api, ResourceId).methods.set(given.HttpMethod, readMethod(api, ResourceId, given));
  return partType(store, 'AWS::ApiGateway::Method', properties, {
    replacedBy: ['ResourceId', 'HttpMethod'],
    path: ({ ResourceId, HttpMethod }) => `resources/${ResourceId}/methods/${HttpMethod}`,
    passedRole: ({ Integration }) => integrationRole(Integration),
    create(api, given) {
      const { RestApiId, ResourceId, HttpMethod } = given;
      if (resourceOf(api, ResourceId).methods.has(HttpMethod)) {
        throw conflict('Method already exists for this resource');
      }
      put(api, given);
      return `${RestApiId}|${ResourceId}|${HttpMethod}`;
    },
    update: put,
    remove: (api, _id, { ResourceId, HttpMethod }) =>
      api.resources.get(ResourceId)?.methods.delete(HttpMethod),
  });
}
