import type * as v from 'valibot';
import type { Scope } from '../../../core/scope.ts';
import type {
  ResourceContext,
  ResourcePermission,
  ResourceState,
  ResourceType,
} from '../../resource-type.ts';
import { pathPermissions, type Tagged } from '../operations/operation.ts';
import type { ApiStore, RestApi } from '../store.ts';

/** The APIs of a kind, and how templates and permissions name them. */
export interface ApiKind<Api, IdProperty extends string> {
  readonly store: {
    api(scope: Scope, id: string): Api;
    findApi(scope: Scope, id: string): (Api & Tagged) | undefined;
  };
  /** The property with the API's ID. */
  readonly idProperty: IdProperty;
  /** The first segment of the paths in permissions. */
  readonly collection: string;
}

/** How the type of a part of an API is declared: see {@link partTypesOf}. */
export interface ApiPartSpec<Api, Properties> {
  /** Properties besides the API's ID whose change needs a new resource. */
  readonly replacedBy: readonly string[];
  /** Where it is below its API: the collection that it is posted to, or the path that it is put at. */
  readonly path: string | ((given: Properties) => string);
  /** The ARN of a role that whoever creates it must be allowed to pass to API Gateway. */
  passedRole?(given: Properties): string | undefined;
  create(api: Api, given: Properties, context: ResourceContext): ResourceState;
  /** @param id the physical ID */
  update?(api: Api, given: Properties, id: string, context: ResourceContext): void;
  remove(api: Api, id: string, given: Properties): void;
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

/** Makes the function that declares types of parts of an API: their properties have the API's ID, and they are gone with the API. */
export function partTypesOf<Api, IdProperty extends string>({
  store,
  idProperty,
  collection,
}: ApiKind<Api, IdProperty>) {
  return <Schema extends v.GenericSchema<unknown, Readonly<Record<IdProperty, string>>>>(
    typeName: string,
    properties: Schema,
    { replacedBy, path, passedRole, create, update, remove }: ApiPartSpec<Api, v.InferOutput<Schema>>,
  ): ResourceType<Schema> => ({
    typeName,
    properties,
    replacedBy: [idProperty, ...replacedBy],
    requires(change) {
      const { handler, current, properties: given } = change;
      const isPosted = typeof path === 'string';
      const place = `/${collection}/${given[idProperty]}/${isPosted ? path : path(given)}`;
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
    create: async (given, context) => create(store.api(context, given[idProperty]), given, context),
    async update(current, given, _previous, context) {
      update?.(store.api(context, given[idProperty]), given, current.physicalId, context);
      return current;
    },
    async delete({ physicalId }, given, context) {
      const api = store.findApi(context, given[idProperty]);
      if (api !== undefined) remove(api, physicalId, given);
    },
  });
}

/** Declares the type of a part of a REST API. */
export function apiPartType<Schema extends v.GenericSchema<unknown, { readonly RestApiId: string }>>(
  store: ApiStore,
  typeName: string,
  properties: Schema,
  spec: ApiPartSpec<RestApi, v.InferOutput<Schema>>,
): ResourceType<Schema> {
  const declare = partTypesOf({ store, idProperty: 'RestApiId', collection: 'restapis' });
  return declare(typeName, properties, spec);
}
