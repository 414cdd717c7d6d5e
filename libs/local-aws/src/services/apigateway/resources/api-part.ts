import type * as v from 'valibot';
import type { ResourceContext, ResourceState, ResourceType } from '../../resource-type.ts';
import { pathPermissions } from '../operations/operation.ts';
import type { ApiStore, RestApi } from '../store.ts';

/** How the type of a part of an API is declared: see {@link apiPartType}. */
interface ApiPartSpec<Properties> {
  /** Properties besides `RestApiId` whose change needs a new resource. */
  readonly replacedBy: readonly string[];
  /** Where it is below its API: the collection that it is posted to, or the path that it is put at. */
  readonly path: string | ((given: Properties) => string);
  create(api: RestApi, given: Properties, context: ResourceContext): ResourceState;
  /** @param id the physical ID */
  update?(api: RestApi, given: Properties, id: string, context: ResourceContext): void;
  remove(api: RestApi, id: string, given: Properties): void;
}

/** Declares the type of a part of an API: its properties have the API's ID, and it is gone with the API. */
export function apiPartType<Schema extends v.GenericSchema<unknown, { readonly RestApiId: string }>>(
  store: ApiStore,
  typeName: string,
  properties: Schema,
  { replacedBy, path, create, update, remove }: ApiPartSpec<v.InferOutput<Schema>>,
): ResourceType<Schema> {
  return {
    typeName,
    properties,
    replacedBy: ['RestApiId', ...replacedBy],
    requires(change) {
      const { handler, current, properties: given } = change;
      const isPosted = typeof path === 'string';
      const place = `/restapis/${given.RestApiId}/${isPosted ? path : path(given)}`;
      const verbs = isPosted
        ? ({ create: 'POST', update: 'PATCH', delete: 'DELETE' } as const)
        : ({ create: 'PUT', update: 'PUT', delete: 'DELETE' } as const);
      const item = isPosted && handler !== 'create' ? `${place}/${current?.physicalId}` : place;
      return pathPermissions(store, change, item, verbs[handler]);
    },
    create: async (given, context) => create(store.api(context, given.RestApiId), given, context),
    async update(current, given, _previous, context) {
      update?.(store.api(context, given.RestApiId), given, current.physicalId, context);
      return current;
    },
    async delete({ physicalId }, given, context) {
      const api = store.findApi(context, given.RestApiId);
      if (api !== undefined) remove(api, physicalId, given);
    },
  };
}
