import { defined } from '../../../core/defined.ts';
import { type Method, type Resource, type RestApi, requestParameter } from '../store.ts';
import { randomId } from './api-collection.ts';
import { checkAuthorizer } from './authorizers.ts';
import { badRequest, conflict, notFound, partOf } from './errors.ts';
import { readIntegration } from './integration.ts';
import { compileModel } from './model-schema.ts';
import type { ApiDescription } from './openapi.ts';
import type { CustomGatewayResponse, MethodProperties } from './properties.ts';

/** Checks a method of an API, and compiles its integration. */
export function readMethod(api: RestApi, given: MethodProperties): Method {
  for (const name of Object.values(given.requestModels)) {
    if (name !== 'Empty' && name !== 'Error' && !api.models.has(name)) {
      throw notFound(`Invalid model identifier specified: ${name}`);
    }
  }
  checkAuthorizer(api.authorizers, given);
  const { integration, ...others } = given;
  const { requestValidatorId: validatorId } = given;
  if (validatorId !== undefined) partOf(api.requestValidators, validatorId, 'Request Validator');
  for (const parameter of Object.keys(given.requestParameters)) {
    if (requestParameter(parameter) === undefined) {
      throw badRequest(
        `Invalid mapping expression specified: ${parameter}: use method.request.{header|querystring|path}.<name>.`,
      );
    }
  }
  return { ...others, ...(integration && readIntegration(integration, given.methodResponses)) };
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

/** Removes a path and all paths below it. The root path stays. */
export function removeResource(api: RestApi, id: string): void {
  for (const child of api.resources.values()) {
    if (child.parentId === id) removeResource(api, child.id);
  }
  if (id !== api.rootResourceId) api.resources.delete(id);
}

const HEADER = /^gatewayresponse\.header\.[\w!#$%&'*+.^`|~-]{1,200}$/;
const VALUE =
  /^(?:'[^'\r\n]*'|method\.request\.(?:header|querystring|path)\..{1,200}|context\.[\w.]{1,200}|stageVariables\.\w{1,64})$/;

/** Checks a gateway response of an API, and sets it. */
export function putGatewayResponse(
  { gatewayResponses }: Pick<RestApi, 'gatewayResponses'>,
  response: CustomGatewayResponse,
): void {
  for (const [name, value] of Object.entries(response.responseParameters)) {
    if (!HEADER.test(name) || !VALUE.test(value)) {
      throw badRequest(
        `Invalid response parameter ${name}: ${value}. Use gatewayresponse.header.<Name> with 'a static value', method.request.{header|querystring|path}.<name>, context.<name> or stageVariables.<name>.`,
      );
    }
  }
  gatewayResponses.set(response.responseType, response);
}

/** Replaces an API's definition. Existing paths keep their IDs; deployments and stages stay. If it throws, nothing has changed. */
export function importApi(api: RestApi, description: ApiDescription): void {
  const ids = new Map([...api.resources.values()].map(({ path, id }) => [path, id]));
  const root = { id: api.rootResourceId, path: '/', methods: new Map() };
  const validatorIds = new Map([...description.validators.keys()].map((name) => [name, randomId(6)]));
  const validators = [...description.validators].map(
    ([name, each]) => [validatorIds.get(name) ?? '', each] as const,
  );
  const draft: RestApi = {
    ...api,
    resources: new Map([[root.id, root]]),
    models: new Map(description.models),
    requestValidators: new Map(validators),
    gatewayResponses: new Map(),
  };
  for (const schema of description.models.values()) compileModel(schema, draft.models);
  for (const response of description.gatewayResponses) putGatewayResponse(draft, response);
  for (const { path, properties, validator } of description.methods) {
    const { methods } = resourceAt(path);
    const requestValidatorId = validatorIds.get(validator ?? '');
    if (validator !== undefined && requestValidatorId === undefined) {
      throw badRequest(
        `Errors found during import:\n\t${properties.httpMethod} ${path}: there is no request validator ${validator}.`,
      );
    }
    methods.set(properties.httpMethod, readMethod(draft, defined({ ...properties, requestValidatorId })));
  }
  const { resources, models, requestValidators, gatewayResponses } = draft;
  Object.assign(api, { resources, models, requestValidators, gatewayResponses });

  /** Finds the resource of a path. Creates it and its parents if they do not exist. */
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
