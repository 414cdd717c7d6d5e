import * as v from 'valibot';
import type { ResourceType } from '../../resource-type.ts';
import { addResource, removeResource } from '../resources.ts';
import type { ApiStore } from '../store.ts';
import { findApi } from './find-api.ts';

const schema = v.strictObject({ RestApiId: v.string(), ParentId: v.string(), PathPart: v.string() });

/** `AWS::ApiGateway::Resource`. */
export function resourceResourceType(store: ApiStore): ResourceType<typeof schema> {
  return {
    typeName: 'AWS::ApiGateway::Resource',
    properties: schema,
    replacedBy: ['RestApiId', 'ParentId', 'PathPart'],
    async create(properties, context) {
      const api = store.api(context, properties.RestApiId);
      const { id } = addResource(api, properties.ParentId, properties.PathPart);
      return { physicalId: id, attributes: { ResourceId: id } };
    },
    update: async (current) => current,
    async delete(current, properties, context) {
      const api = findApi(store, context, properties.RestApiId);
      if (api !== undefined) removeResource(api, current.physicalId);
    },
  };
}
