import * as v from 'valibot';
import { badRequest, conflict } from '../definition/errors.ts';
import { randomId } from '../definition/random-id.ts';
import type { Resource } from '../deployed-api.ts';
import { type ApiStore, type RestApi, resourceOf } from '../store.ts';
import { apiPartType } from './api-part.ts';

const properties = v.strictObject({ RestApiId: v.string(), ParentId: v.string(), PathPart: v.string() });

const PATH_PART = /^(?:[A-Za-z0-9._\-:]{1,200}|\{[A-Za-z0-9._-]{1,100}\+?\})$/;

/** `AWS::ApiGateway::Resource`: a path under another. */
export function resourceResourceType(store: ApiStore) {
  return apiPartType(store, 'AWS::ApiGateway::Resource', properties, {
    replacedBy: ['ParentId', 'PathPart'],
    path: 'resources',
    create(api, { ParentId: parentId, PathPart: pathPart }) {
      const parent = resourceOf(api, parentId);
      assertPathPart(pathPart, parent, api);
      const id = randomId(6);
      const path = `${parent.path === '/' ? '' : parent.path}/${pathPart}`;
      api.resources.set(id, { id, parentId, pathPart, path, methods: new Map() });
      return { physicalId: id, attributes: { ResourceId: id } };
    },
    remove: removeResource,
  });
}

function assertPathPart(pathPart: string, parent: Resource, api: RestApi): void {
  if (!PATH_PART.test(pathPart)) {
    throw badRequest(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    );
  }
  if (parent.pathPart?.endsWith('+}')) {
    throw badRequest(`Cannot create a child of a resource with a greedy path variable: ${parent.pathPart}`);
  }
  for (const { parentId, pathPart: sibling = '' } of api.resources.values()) {
    if (parentId !== parent.id) continue;
    if (sibling === pathPart) {
      throw conflict(`Another resource with the same parent already has this name: ${pathPart}`);
    }
    if (sibling.startsWith('{') && pathPart.startsWith('{')) {
      throw badRequest(
        `A sibling (${sibling}) of this resource already has a variable path part -- only one is allowed`,
      );
    }
  }
}

/** Removes a path and all below it. */
function removeResource(api: RestApi, id: string): void {
  for (const child of api.resources.values()) {
    if (child.parentId === id) removeResource(api, child.id);
  }
  if (id !== api.rootResourceId) api.resources.delete(id);
}
