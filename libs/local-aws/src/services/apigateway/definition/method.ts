import * as v from 'valibot';
import { type Method, type Resource, requestParameter } from '../deployed-api.ts';
import { type RestApi, requestValidatorOf, resourceOf } from '../store.ts';
import { randomId } from './api-collection.ts';
import { badRequest, conflict, notFound } from './errors.ts';
import { integrationProperties, readIntegration } from './integration.ts';
import { off, statusCode, structure, uncapitalized, unsupported } from './property-values.ts';

const requirements = v.optional(v.record(v.string(), v.boolean()), {});
const models = v.optional(v.record(v.string(), v.string()), {});

/** The properties of `AWS::ApiGateway::Method` that say what a method does. */
export const methodEntries = {
  HttpMethod: v.picklist(['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']),
  AuthorizationType: v.optional(
    v.picklist(
      ['NONE', 'AWS_IAM'],
      ({ input }) => `local AWS does not support AuthorizationType ${input}: use AWS_IAM or NONE.`,
    ),
    'NONE',
  ),
  AuthorizerId: unsupported('use AuthorizationType AWS_IAM or NONE'),
  AuthorizationScopes: unsupported('scopes belong to Cognito authorizers'),
  ApiKeyRequired: off('API keys and usage plans'),
  OperationName: v.optional(v.string()),
  RequestParameters: requirements,
  RequestModels: models,
  RequestValidatorId: v.optional(v.string()),
  MethodResponses: v.optional(
    v.array(
      structure({
        StatusCode: statusCode,
        ResponseParameters: requirements,
        ResponseModels: models,
      }),
    ),
    [],
  ),
  Integration: v.optional(integrationProperties),
} as const;

/** The properties of a method, checked. */
export type MethodProperties = v.InferOutput<v.ObjectSchema<typeof methodEntries, undefined>>;

/** Checks a method of an API, and compiles its integration. */
export function readMethod(api: RestApi, resourceId: string, given: MethodProperties): Method {
  for (const name of Object.values(given.RequestModels)) {
    if (name !== 'Empty' && name !== 'Error' && !api.models.has(name)) {
      throw notFound(`Invalid model identifier specified: ${name}`);
    }
  }
  if (given.RequestValidatorId !== undefined) requestValidatorOf(api, given.RequestValidatorId);
  for (const parameter of Object.keys(given.RequestParameters)) {
    if (requestParameter(parameter) === undefined) {
      throw badRequest(
        `Invalid mapping expression specified: ${parameter}: use method.request.{header|querystring|path}.<name>.`,
      );
    }
  }
  const { Integration, ...others } = given;
  return {
    ...uncapitalized(others),
    ...(Integration && readIntegration(Integration, resourceId, given.MethodResponses)),
  };
}

const PATH_PART = /^(?:[A-Za-z0-9._\-:]{1,200}|\{[A-Za-z0-9._-]{1,100}\+?\})$/;

/** Adds a path under another. @param id default: a new one */
export function addResource(api: RestApi, parentId: string, pathPart: string, id = randomId(6)): Resource {
  const parent = resourceOf(api, parentId);
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
