import type { Resource } from '../deployed-api.ts';
import { type RestApi, resourceOf } from '../store.ts';
import { badRequest, conflict } from './errors.ts';
import { randomId } from './random-id.ts';

const PATH_PART = /^(?:[A-Za-z0-9._\-:]{1,200}|\{[A-Za-z0-9._-]{1,100}\+?\})$/;

/** Adds a path under another. @param id default: a new one */
export function addResource(api: RestApi, parentId: string, pathPart: string, id = randomId(6)): Resource {
  const parent = resourceOf(api, parentId);
  assertPathPart(pathPart, parent, api);
  const path = `${parent.path === '/' ? '' : parent.path}/${pathPart}`;
  const resource: Resource = { id, parentId, pathPart, path, methods: new Map() };
  api.resources.set(id, resource);
  return resource;
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
export function removeResource(api: RestApi, id: string): void {
  for (const child of api.resources.values()) {
    if (child.parentId === id) removeResource(api, child.id);
  }
  if (id !== api.rootResourceId) api.resources.delete(id);
}
