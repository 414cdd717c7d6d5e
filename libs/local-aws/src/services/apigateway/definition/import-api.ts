import type { Resource } from '../deployed-api.ts';
import type { RestApi } from '../store.ts';
import { randomId } from './api-collection.ts';
import { badRequest } from './errors.ts';
import { putGatewayResponse } from './gateway-response.ts';
import { addResource, readMethod } from './method.ts';
import { compileModel } from './model-schema.ts';
import type { ApiDescription } from './openapi.ts';

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

/** What a document describes. Deployments and stages are not among it. */
function partsOf(api: RestApi): readonly Map<string, unknown>[] {
  return [api.resources, api.models, api.requestValidators, api.gatewayResponses];
}

function replaceParts(api: RestApi, description: ApiDescription): void {
  const ids = new Map([...api.resources.values()].map(({ path, id }) => [path, id]));
  for (const part of partsOf(api)) part.clear();
  api.resources.set(api.rootResourceId, { id: api.rootResourceId, path: '/', methods: new Map() });
  for (const [name, schema] of description.models) api.models.set(name, schema);
  for (const schema of description.models.values()) compileModel(schema, api.models);
  const validatorIds = new Map<string, string>();
  for (const [name, validator] of description.validators) {
    const id = randomId(6);
    validatorIds.set(name, id);
    api.requestValidators.set(id, validator);
  }
  for (const response of description.gatewayResponses) putGatewayResponse(api, response);
  for (const { path, properties, validator } of description.methods) {
    const resource = resourceAt(api, path, ids);
    const RequestValidatorId = validator === undefined ? undefined : validatorIds.get(validator);
    if (validator !== undefined && RequestValidatorId === undefined) {
      throw badRequest(
        `Errors found during import:\n\t${properties.HttpMethod} ${path}: there is no request validator ${validator}.`,
      );
    }
    const method = readMethod(api, resource.id, { ...properties, RequestValidatorId });
    resource.methods.set(properties.HttpMethod, method);
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
