import { defined } from '../../../core/defined.ts';
import type { Resource, RestApi } from '../store.ts';
import { randomId } from './api-collection.ts';
import { badRequest } from './errors.ts';
import { putGatewayResponse } from './gateway-response.ts';
import { addResource, readMethod } from './method.ts';
import { compileModel } from './model-schema.ts';
import type { ApiDescription } from './openapi.ts';

/**
 * Makes an API what a document describes, instead of what it was. Paths that it had already keep their IDs; deployments and
 * stages stay. If part of the description is wrong, the API stays as it was.
 */
export function importApi(api: RestApi, description: ApiDescription): void {
  const ids = new Map([...api.resources.values()].map(({ path, id }) => [path, id]));
  const root = { id: api.rootResourceId, path: '/', methods: new Map() };
  const validators = [...description.validators].map(([name, validator]) => ({
    ...validator,
    id: randomId(6),
    name,
  }));
  const draft: RestApi = {
    ...api,
    resources: new Map([[root.id, root]]),
    models: new Map(description.models),
    requestValidators: new Map(validators.map(({ id, name: _, ...validator }) => [id, validator])),
    gatewayResponses: new Map(),
  };
  for (const schema of description.models.values()) compileModel(schema, draft.models);
  for (const response of description.gatewayResponses) putGatewayResponse(draft, response);
  for (const { path, properties, validator } of description.methods) {
    const { id, methods } = resourceAt(path);
    const requestValidatorId = validators.find(({ name }) => name === validator)?.id;
    if (validator !== undefined && requestValidatorId === undefined) {
      throw badRequest(
        `Errors found during import:\n\t${properties.httpMethod} ${path}: there is no request validator ${validator}.`,
      );
    }
    methods.set(properties.httpMethod, readMethod(draft, id, defined({ ...properties, requestValidatorId })));
  }
  const { resources, models, requestValidators, gatewayResponses } = draft;
  Object.assign(api, { resources, models, requestValidators, gatewayResponses });

  /** The resource of a path, which is made with all above it if they do not exist. */
  function resourceAt(path: string): Resource {
    let resource: Resource = root;
    for (const part of path.split('/').filter((segment) => segment !== '')) {
      const below: string = `${resource.path === '/' ? '' : resource.path}/${part}`;
      const found = [...draft.resources.values()].find((each) => each.path === below);
      resource = found ?? addResource(draft, resource.id, part, ids.get(below));
    }
    return resource;
  }
}
