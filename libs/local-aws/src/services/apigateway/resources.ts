import { AwsError } from '../../core/errors.ts';
import type { Resource, RestApi } from './rest-api.ts';
import { notFound, randomId } from './store.ts';

const PATH_PART = /^(?:[A-Za-z0-9._\-:]{1,200}|\{[A-Za-z0-9._-]{1,100}\+?\})$/;

/**
 * Adds a path under another.
 * @throws AwsError with API Gateway's message where the part is invalid or clashes with a sibling
 */
export function addResource(api: RestApi, parentId: string, pathPart: string): Resource {
  const parent = api.resources.get(parentId);
  if (parent === undefined) throw notFound('Invalid Resource identifier specified');
  if (!PATH_PART.test(pathPart)) {
    throw new AwsError(
      'BadRequestException',
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    );
  }
  if (isGreedy(parent.pathPart)) {
    throw new AwsError(
      'BadRequestException',
      `Cannot create a child of a resource with a greedy path variable: ${parent.pathPart}`,
    );
  }
  const siblings = [...api.resources.values()].filter((resource) => resource.parentId === parentId);
  for (const { pathPart: sibling = '' } of siblings) {
    if (sibling === pathPart) {
      throw new AwsError(
        'ConflictException',
        `Another resource with the same parent already has this name: ${pathPart}`,
        409,
      );
    }
    if (isVariable(sibling) && isVariable(pathPart)) {
      throw new AwsError(
        'BadRequestException',
        `A sibling (${sibling}) of this resource already has a variable path part -- only one is allowed`,
      );
    }
  }
  const resource: Resource = {
    id: randomId(6),
    parentId,
    pathPart,
    path: parent.path === '/' ? `/${pathPart}` : `${parent.path}/${pathPart}`,
    methods: new Map(),
  };
  api.resources.set(resource.id, resource);
  return resource;
}

/** Removes a path and all below it. */
export function removeResource(api: RestApi, id: string): void {
  for (const child of api.resources.values()) {
    if (child.parentId === id) removeResource(api, child.id);
  }
  if (id !== api.rootResourceId) api.resources.delete(id);
}

function isVariable(pathPart: string): boolean {
  return pathPart.startsWith('{');
}

function isGreedy(pathPart: string | undefined): boolean {
  return pathPart?.endsWith('+}') ?? false;
}
