import type * as v from 'valibot';
import {
  type ResourceChange,
  type ResourceContext,
  type ResourcePermission,
  type ResourceType,
  tagsChange,
} from '../../resource-type.ts';
import type { AnyApi, ApiCollection, Tags } from '../definition/api-collection.ts';
import { randomId } from '../definition/random-id.ts';
import { pathPermissions } from '../operations/operation.ts';

/** How the type of a part of an API is declared: see {@link partType}. */
interface PartSpec<Api, Properties> {
  /** Properties whose change needs a new resource, as that of the API's ID does. */
  readonly replacedBy: readonly string[];
  /** Where it is below its API: the collection that it is posted to, or the path that it is put at. */
  readonly path: string | ((given: Properties) => string);
  /** The ARN of a role that whoever creates it must be allowed to pass to API Gateway. */
  passedRole?(given: Properties): string | undefined;
  /** The attribute that is the physical ID, if there is one. */
  readonly attribute?: string;
  /** @returns the physical ID */
  create(api: Api, given: Properties, context: ResourceContext): string;
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

/** The HTTP verbs with which API Gateway changes what it made with `POST`. */
export const verbOf = { create: 'POST', update: 'PATCH', delete: 'DELETE' } as const;

/** Declares the type of a part of an API: its properties have the API's ID, and it is gone with the API. */
export function partType<
  Api extends AnyApi,
  IdProperty extends string,
  Schema extends v.GenericSchema<unknown, Readonly<Record<IdProperty, string>>>,
>(
  store: ApiCollection<Api, unknown, IdProperty>,
  typeName: string,
  properties: Schema,
  spec: PartSpec<Api, v.InferOutput<Schema>>,
): ResourceType<Schema> {
  const { replacedBy, path, passedRole, attribute, create, update, remove } = spec;
  const { idProperty, collection } = store.kind;
  return {
    typeName,
    properties,
    replacedBy: [idProperty, ...replacedBy],
    requires(change) {
      const { handler, current, properties: given } = change;
      const isPosted = typeof path === 'string';
      const place = `/${collection}/${given[idProperty]}/${isPosted ? path : path(given)}`;
      const item = isPosted && handler !== 'create' ? `${place}/${current?.physicalId}` : place;
      const verb = isPosted || handler === 'delete' ? verbOf[handler] : 'PUT';
      const role = handler === 'delete' ? undefined : passedRole?.(given);
      return [...pathPermissions(store, change, item, verb), ...(role === undefined ? [] : [passRole(role)])];
    },
    async create(given, context) {
      const physicalId = create(store.api(context, given[idProperty]), given, context);
      return { physicalId, attributes: attribute === undefined ? {} : { [attribute]: physicalId } };
    },
    async update(current, given, _previous, context) {
      update?.(store.api(context, given[idProperty]), given, current.physicalId, context);
      return current;
    },
    async delete({ physicalId }, given, context) {
      const api = store.findApi(context, given[idProperty]);
      if (api !== undefined) remove(api, physicalId, given);
    },
  };
}

/** What whoever changes an API itself must be allowed to do, unless its type needs more. A new API has no ID yet. */
export function apiRequirements(
  store: ApiCollection<AnyApi, unknown, string>,
  change: ResourceChange<{ readonly Tags?: unknown }>,
): readonly ResourcePermission[] {
  const { handler, current, region } = change;
  const { collection, tagVerb } = store.kind;
  const arn = `arn:aws:apigateway:${region}::/${collection}/${current?.physicalId ?? randomId(10)}`;
  // Every API gets CloudFormation's own tags.
  const isTagged = tagsChange(change) || handler === 'create';
  return [
    ...pathPermissions(store, change, apiPath(store, change), verbOf[handler]),
    ...pathPermissions(store, change, `/tags/${encodeURIComponent(arn)}`, isTagged && tagVerb),
  ];
}

/** The path of an API, or that of all of its kind before it exists. */
export function apiPath(
  { kind: { collection } }: ApiCollection<AnyApi, unknown, string>,
  { handler, current }: Pick<ResourceChange, 'handler' | 'current'>,
): string {
  return handler === 'create' ? `/${collection}` : `/${collection}/${current?.physicalId}`;
}

/** The tags of an API: the stack's, its own, and those that say to which stack it belongs. */
export function apiTags(own: Tags = {}, { tags, logicalId, stackId, stackName }: ResourceContext): Tags {
  return {
    ...tags,
    ...own,
    'aws:cloudformation:logical-id': logicalId,
    'aws:cloudformation:stack-id': stackId,
    'aws:cloudformation:stack-name': stackName,
  };
}
