import { accountOf } from '@cross-account-api/iam';
import { handlerActions } from '@cross-account-api/iam/aws';
import type * as v from 'valibot';
import { resourceTagContext } from '../../../core/resource-tag-context.ts';
import type { Scope } from '../../../core/scope.ts';
import { deploymentPermissions } from '../../deployment-permissions.ts';
import {
  type ResourceChange,
  type ResourceContext,
  type ResourcePermission,
  type ResourceType,
  tagsChange,
} from '../../resource-type.ts';
import { type Owned, type OwnedCollection, randomId, type Tags } from '../definition/api-collection.ts';
import { type Given, uncapitalized } from '../definition/properties.ts';
import { pathPermissions, placeOn } from '../operations/operation.ts';

interface OwnerSpec<Owner, Properties> {
  readonly replacedBy?: readonly string[];
  /** The ID, if the properties have it. */
  idOf?(given: Properties): string;
  /** Additional permissions for a change. @param path the path of the changed resource in permissions */
  requiresAlso?(change: ResourceChange<Properties>, path: string): readonly ResourcePermission[];
  tags(given: Properties): Tags | undefined;
  create(given: Properties, context: ResourceContext, tags: Tags): Owner | Promise<Owner>;
  update(owner: Owner, given: Properties, previous: Properties): void;
  /** Reads the live values, in the spelling of a template. */
  read?(owner: Owner): LiveProperties;
  attributes(owner: Owner): Readonly<Record<string, unknown>>;
}

/** Declares the type of an API or a domain name. */
export function ownerType<
  Owner extends Owned,
  Schema extends v.GenericSchema<unknown, { readonly Tags?: unknown }>,
>(
  owners: OwnedCollection<Owner>,
  typeName: string,
  properties: Schema,
  spec: OwnerSpec<Owner, v.InferOutput<Schema>>,
): ResourceType<Schema> {
  const { collection } = owners.kind;
  const tagsOf = (given: v.InferOutput<Schema>, context: ResourceContext) => ({
    ...context.tags,
    ...spec.tags(given),
    // Every API has tags that name its stack.
    ...(spec.idOf === undefined && {
      'aws:cloudformation:logical-id': context.logicalId,
      'aws:cloudformation:stack-id': context.stackId,
      'aws:cloudformation:stack-name': context.stackName,
    }),
  });
  const stateOf = (owner: Owner) => ({ physicalId: owner.id, attributes: spec.attributes(owner) });
  return {
    typeName,
    properties,
    replacedBy: spec.replacedBy ?? [],
    requires(change) {
      const { handler, current, properties: given } = change;
      const id = spec.idOf?.(given) ?? current?.physicalId ?? randomId(10);
      const own = `/${collection}/${id}`;
      const path = handler === 'create' ? `/${collection}` : own;
      const tags = tagsPath(change, own);
      if (isListed(typeName)) {
        // What is done with a resource that has just been created is authorized by the tags that it got.
        const context = resourceTagContext(owners.find(change, id)?.tags ?? tagsOf(given, change));
        const permissions = deploymentPermissions(typeName, change, (action) => {
          const isOnTags =
            action === 'apigateway:PUT' || (action === 'apigateway:DELETE' && handler !== 'delete');
          if (isOnTags) return arnOf(change, tags);
          const isOnOwn = handler !== 'create' || /:(?:GET|PATCH)$/.test(action);
          return isOnOwn ? { resource: arnOf(change, own), context } : arnOf(change, path);
        });
        return [...permissions, ...(spec.requiresAlso?.(change, path) ?? [])];
      }
      const isTagged = tagsChange(change) || (handler === 'create' && spec.idOf === undefined);
      return [
        ...pathPermissions(owners, change, path, verbOf[handler]),
        ...pathPermissions(owners, change, tags, isTagged && 'POST'),
        ...(spec.requiresAlso?.(change, path) ?? []),
      ];
    },
    create: async (given, context) => stateOf(await spec.create(given, context, tagsOf(given, context))),
    async update(current, given, previous, context) {
      const owner = owners.get(context, current.physicalId);
      spec.update(owner, given, previous);
      owner.tags = tagsOf(given, context);
      return stateOf(owner);
    },
    ...(spec.read && {
      read({ physicalId }, _given, scope) {
        const owner = owners.find(scope, physicalId);
        return owner && spec.read?.(owner);
      },
    }),
    delete: async ({ physicalId }, _given, context) => owners.delete(context, physicalId),
  };
}

/** See {@link partType}. Properties are spelled as in API Gateway's API. */
interface PartSpec<Owner, Properties> {
  /** Properties whose change replaces the resource. A change of the owner's ID always does. */
  readonly replacedBy?: readonly string[];
  /** The path below the owner: the collection for `POST`, or the path of the part for `PUT`. */
  readonly path: string | ((given: Properties) => string);
  /** The ARN of a role that the caller must be allowed to pass to API Gateway. */
  passedRole?(given: Properties): string | undefined;
  /** The name of the attribute that has the physical ID. */
  readonly attribute?: string;
  /** @returns the physical ID. It may have several segments, joined with `|`; the last one is the ID in the collection. */
  create(owner: Owner, given: Properties, context: ResourceContext): string;
  /** @param id the physical ID */
  update?(owner: Owner, given: Properties, id: string, context: ResourceContext): void;
  /** Reads the live values, in the spelling of a template. @returns `undefined` if the part is gone */
  read?(owner: Owner, id: string, given: Properties): LiveProperties | undefined;
  remove(owner: Owner, id: string, given: Properties): void;
}

type LiveProperties = Readonly<Record<string, unknown>>;

/** Declares the type of a part of an API or a domain name. Its properties have the owner's ID. It is deleted with the owner. */
export function partType<
  Owner extends Owned,
  IdProperty extends string,
  Schema extends v.GenericSchema<unknown, Readonly<Record<IdProperty, string>>>,
>(
  owners: OwnedCollection<Owner, IdProperty>,
  typeName: string,
  properties: Schema,
  spec: PartSpec<Owner, Given<Schema>>,
): ResourceType<Schema> {
  const { replacedBy = [], path, passedRole, attribute, create, update, read, remove } = spec;
  const { idProperty, collection } = owners.kind;
  const isTagged = handlerActions.types[typeName]?.properties.includes('Tags') === true;
  return {
    typeName,
    properties,
    replacedBy: [idProperty, ...replacedBy],
    requires(change) {
      const { handler, current, properties: given } = change;
      const isPosted = typeof path === 'string';
      const place = `/${collection}/${given[idProperty]}/${isPosted ? path : path(uncapitalized(given))}`;
      const id = current?.physicalId.split('|').at(-1) ?? randomId(6);
      const item = isPosted ? `${place}/${id}` : place;
      const verb = isPosted || handler === 'delete' ? verbOf[handler] : 'PUT';
      const role = handler === 'delete' ? undefined : passedRole?.(uncapitalized(given));
      const pathOf = (action: string) => {
        if (action === 'apigateway:POST') return place;
        const isOnTags =
          action === 'apigateway:PUT' || (action === 'apigateway:DELETE' && handler !== 'delete');
        return isOnTags && isTagged ? tagsPath(change, item) : item;
      };
      const permissions = isListed(typeName)
        ? deploymentPermissions(typeName, change, (action) => placeOn(owners, change, pathOf(action)))
        : pathPermissions(owners, change, handler === 'create' && isPosted ? place : item, verb);
      return [...permissions, ...(role === undefined ? [] : [passRole(role)])];
    },
    async create(given, context) {
      const physicalId = create(owners.get(context, given[idProperty]), uncapitalized(given), context);
      return { physicalId, attributes: attribute === undefined ? {} : { [attribute]: physicalId } };
    },
    async update(current, given, _previous, context) {
      update?.(owners.get(context, given[idProperty]), uncapitalized(given), current.physicalId, context);
      return current;
    },
    ...(read && {
      read({ physicalId }, given, scope) {
        const owner = owners.find(scope, given[idProperty]);
        return owner && read(owner, physicalId, uncapitalized(given));
      },
    }),
    async delete({ physicalId }, given, context) {
      const owner = owners.find(context, given[idProperty]);
      if (owner !== undefined) remove(owner, physicalId, uncapitalized(given));
    },
  };
}

/** Whether the table of the actions of CloudFormation's handlers has the type. */
function isListed(typeName: string): boolean {
  return handlerActions.types[typeName] !== undefined;
}

/** The path of the tags of the resource that has a path. */
function tagsPath(scope: Scope, path: string): string {
  return `/tags/${encodeURIComponent(arnOf(scope, path))}`;
}

function arnOf({ region }: Scope, path: string): string {
  return `arn:aws:apigateway:${region}::${path}`;
}

const verbOf = { create: 'POST', update: 'PATCH', delete: 'DELETE' } as const;

/** The permission to pass a role to API Gateway. */
export function passRole(resource: string): ResourcePermission {
  return {
    action: 'iam:PassRole',
    resource,
    resourceAccountId: accountOf(resource),
    context: { 'iam:PassedToService': 'apigateway.amazonaws.com' },
  };
}
