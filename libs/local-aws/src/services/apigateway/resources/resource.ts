import * as v from 'valibot';
import { addResource, removeResource } from '../definition/resource-tree.ts';
import type { ApiStore } from '../store.ts';
import { partType } from './api-part.ts';

const properties = v.strictObject({ RestApiId: v.string(), ParentId: v.string(), PathPart: v.string() });

/** `AWS::ApiGateway::Resource`: a path under another. */
export function resourceResourceType(store: ApiStore) {
  return partType(store, 'AWS::ApiGateway::Resource', properties, {
    replacedBy: ['ParentId', 'PathPart'],
    path: 'resources',
    attribute: 'ResourceId',
    create: (api, { ParentId, PathPart }) => addResource(api, ParentId, PathPart).id,
    remove: removeResource,
  });
}
