import type * as v from 'valibot';
import type {
  ResourceContext,
  ResourcePermission,
  ResourceState,
  ResourceType,
} from '../../resource-type.ts';
import { pathPermissions } from '../operations/operation.ts';
import type { ApiStore, RestApi } from '../store.ts';

/** How the type of a part of an API is declared: see {@link apiPartType}. */
interface ApiPartSpec<Properties> {
  /** Properties besides `RestApiId` whose change needs a new resource. */
  readonly replacedBy: readonly string[];
  /** Where it is below its API: the collection that it is posted to, or the path that it is put at. */
  readonly path: string | ((given: Properties) => string);
  /** The ARN of a role that whoever creates it must be allowed to pass to API Gateway. */
  passedRole?(given: Properties): string | undefined;
  create(api: RestApi, given: Properties, context: ResourceContext): ResourceState;
  /** @param id the physical ID */
  update?(api: RestApi, given: Properties, id: string, context: ResourceContext): void;
  remove(api: RestApi, id: string, given: Properties): void;
}

/** The permission to pass a role to API Gateway. */
export function passRole(resource: string): ResourcePermission {
  return {
    action: 'iam:PassRole',
    resource,
    resourceAccountId: resource.split(':')[4] ?? '',
    context: { 'iam:PassedToService': 'apigateway.amazonaws.com' },
  };
}

/** Declares the type of a part of an API: its properties have the API's ID, and it is gone with the API. */
export function apiPartType<Schema extends v.GenericSchema<unknown, { readonly RestApiId: string }>>(
  store: ApiStore,
  typeName: string,
  properties: Schema,
  { replacedBy, path, passedRole, create, update, remove }: ApiPartSpec<v.InferOutput<Schema>>,
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
      const role = handler === 'delete' ? undefined : passedRole?.(given);
      return [
        ...pathPermissions(store, change, item, verbs[handler]),
        ...(role === undefined ? [] : [passRole(role)]),
      ];
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
