import type { Resource } from '../deployed-api.ts';
import type { RestApi } from '../store.ts';
import { putGatewayResponse } from './gateway-response.ts';
import { readMethod } from './method.ts';
import type { ApiDescription } from './openapi.ts';
import { addResource } from './resource-tree.ts';

/**
 * Makes an API what a document describes, instead of what it was. Paths that it had already keep their IDs. If part of the
 * description is wrong, the API stays as it was.
 */
export function importApi(api: RestApi, description: ApiDescription): void {
  const before = partsOf(api).map((part) => new Map<string, unknown>(part));
  try {
    replaceParts(api, description);
  } catch (error) {
    for (const [index, part] of partsOf(api).entries()) {
      part.clear();
      for (const [key, value] of before[index] ?? []) part.set(key, value);
    }
    throw error;
  }
}

/** What a document replaces. Its schemas are no models, but models that were added to the API do not outlive a new document. */
function partsOf(api: RestApi): readonly Map<string, unknown>[] {
  return [api.resources, api.models, api.requestValidators, api.gatewayResponses];
}

function replaceParts(api: RestApi, description: ApiDescription): void {
  const ids = new Map([...api.resources.values()].map(({ path, id }) => [path, id]));
  for (const part of partsOf(api)) part.clear();
  api.resources.set(api.rootResourceId, { id: api.rootResourceId, path: '/', methods: new Map() });
  for (const response of description.gatewayResponses) putGatewayResponse(api, response);
  for (const { path, properties } of description.methods) {
    const resource = resourceAt(api, path, ids);
    resource.methods.set(properties.HttpMethod, readMethod(api, resource.id, properties));
  }
}

/** The resource of a path, which is made with all above it if they do not exist. */
function resourceAt(api: RestApi, path: string, ids: ReadonlyMap<string, string>): Resource {
  const find = (wanted: string) => [...api.resources.values()].find((resource) => resource.path === wanted);
  let [resource] = api.resources.values();
  if (resource === undefined) throw new Error(`The API ${api.id} has no root.`);
  for (const part of path.split('/').filter((segment) => segment !== '')) {
    const below: string = `${resource.path === '/' ? '' : resource.path}/${part}`;
    resource = find(below) ?? addResource(api, resource.id, part, ids.get(below));
  }
  return resource;
}
