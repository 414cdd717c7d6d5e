import type * as v from 'valibot';
import type { ResourceContext, ResourceState, ResourceType } from '../../resource-type.ts';
import type { ApiStore, RestApi } from '../store.ts';

/** How the type of a part of an API is declared: see {@link apiPartType}. */
interface ApiPartSpec<Properties> {
  /** Properties besides `RestApiId` whose change needs a new resource. */
  readonly replacedBy: readonly string[];
  create(api: RestApi, given: Properties, context: ResourceContext): ResourceState;
  /** @param id the physical ID */
  update?(api: RestApi, given: Properties, id: string, context: ResourceContext): void;
  remove(api: RestApi, id: string, given: Properties): void;
}

/**
 * Declares the type of a part of an API: its properties have the API's ID, and it is gone with the API.
 * @param typeName e.g. `AWS::ApiGateway::Model`
 */
export function apiPartType<Schema extends v.GenericSchema<unknown, { readonly RestApiId: string }>>(
  store: ApiStore,
  typeName: string,
  properties: Schema,
  { replacedBy, create, update, remove }: ApiPartSpec<v.InferOutput<Schema>>,
): ResourceType<Schema> {
  return {
    typeName,
    properties,
    replacedBy: ['RestApiId', ...replacedBy],
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
