import { type Method, type Resource, type RestApi, requestParameter } from '../store.ts';
import { randomId } from './api-collection.ts';
import { badRequest, conflict, notFound, partOf } from './errors.ts';
import { readIntegration } from './integration.ts';
import type { MethodProperties } from './properties.ts';

/** Checks a method of an API, and compiles its integration. */
export function readMethod(api: RestApi, resourceId: string, given: MethodProperties): Method {
  for (const name of Object.values(given.requestModels)) {
    if (name !== 'Empty' && name !== 'Error' && !api.models.has(name)) {
      throw notFound(`Invalid model identifier specified: ${name}`);
    }
  }
  if (given.requestValidatorId !== undefined)
    partOf(api.requestValidators, given.requestValidatorId, 'Request Validator');
  for (const parameter of Object.keys(given.requestParameters)) {
    if (requestParameter(parameter) === undefined) {
      throw badRequest(
        `Invalid mapping expression specified: ${parameter}: use method.request.{header|querystring|path}.<name>.`,
      );
    }
  }
  const { integration, ...others } = given;
  return { ...others, ...(integration && readIntegration(integration, resourceId, given.methodResponses)) };
}

const PATH_PART = /^(?:[A-Za-z0-9._\-:]{1,200}|\{[A-Za-z0-9._-]{1,100}\+?\})$/;

/** Adds a path under another. @param id default: a new one */
export function addResource(api: RestApi, parentId: string, pathPart: string, id = randomId(6)): Resource {
  const parent = partOf(api.resources, parentId, 'Resource');
  if (!PATH_PART.test(pathPart)) {
    throw badRequest(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    );
  }
  if (parent.pathPart?.endsWith('+}')) {
    throw badRequest(`Cannot create a child of a resource with a greedy path variable: ${parent.pathPart}`);
  }
  for (const { parentId: other, pathPart: sibling = '' } of api.resources.values()) {
    if (other !== parentId) continue;
    if (sibling === pathPart) {
      throw conflict(`Another resource with the same parent already has this name: ${pathPart}`);
    }
    if (sibling.startsWith('{') && pathPart.startsWith('{')) {
      throw badRequest(
        `A sibling (${sibling}) of this resource already has a variable path part -- only one is allowed`,
      );
    }
  }
  const path = `${parent.path === '/' ? '' : parent.path}/${pathPart}`;
  const resource: Resource = { id, parentId, pathPart, path, methods: new Map() };
  api.resources.set(id, resource);
  return resource;
}

/** Removes a path and all below it. */
export function removeResource(api: RestApi, id: string): void {
  for (const child of api.resources.values()) {
    if (child.parentId === id) removeResource(api, child.id);
  }
  if (id !== api.rootResourceId) api.resources.delete(id);
}
