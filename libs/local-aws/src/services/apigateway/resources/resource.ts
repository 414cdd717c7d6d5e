import * as v from 'valibot';
import { addResource, removeResource } from '../definition/resource-tree.ts';
import type { ApiStore } from '../store.ts';
import { apiPartType } from './api-part.ts';

const properties = v.strictObject({ RestApiId: v.string(), ParentId: v.string(), PathPart: v.string() });

/** `AWS::ApiGateway::Resource`: a path under another. */
export function resourceResourceType(store: ApiStore) {
  return apiPartType(store, 'AWS::ApiGateway::Resource', properties, {
    replacedBy: ['ParentId', 'PathPart'],
    path: 'resources',
    create(api, { ParentId, PathPart }) {
      const { id } = addResource(api, ParentId, PathPart);
      return { physicalId: id, attributes: { ResourceId: id } };
    },
    remove: removeResource,
  });
}
