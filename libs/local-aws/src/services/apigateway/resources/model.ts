import * as v from 'valibot';
import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';
import { badRequest, conflict } from '../definition/errors.ts';
import { compileModel } from '../definition/model-schema.ts';
import type { ApiStore, ModelSchema, RestApi } from '../store.ts';
import { partType } from './api-part.ts';

const properties = v.strictObject({
  RestApiId: v.string(),
  Name: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{1,128}$/, 'Model name must be alphanumeric: ^[a-zA-Z0-9]+$')),
  ),
  ContentType: v.optional(v.string(), 'application/json'),
  Description: v.optional(v.string()),
  Schema: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())]), {}),
});

type Properties = v.InferOutput<typeof properties>;

/**
 * `AWS::ApiGateway::Model`: a JSON schema, draft 4. "For application/json models, this should be JSON schema draft 4 model"
 * (https://docs.aws.amazon.com/apigateway/latest/api/API_Model.html); for others the schema is free-form.
 */
export function modelType(store: ApiStore) {
  const put = (api: RestApi, given: Properties, name: string) => {
    const schema = readSchema(given);
    if (isJson(given.ContentType)) compileModel(schema, api.models);
    api.models.set(name, schema);
  };
  return partType(store, 'AWS::ApiGateway::Model', properties, {
    replacedBy: ['Name', 'ContentType'],
    path: 'models',
    create(api, given, context) {
      const name = given.Name ?? context.generateName().replaceAll(/[^A-Za-z0-9]/g, '');
      if (api.models.has(name)) throw conflict('Model name already exists for this REST API');
      put(api, given, name);
      return name;
    },
    update: put,
    remove: (api, name) => api.models.delete(name),
  });
}

function isJson(contentType: string): boolean {
  return /^application\/([\w.-]+\+)?json\b/i.test(contentType);
}

function readSchema({ Schema: given, ContentType: contentType }: Properties): ModelSchema {
  if (typeof given !== 'string') return given;
  const schema = parseJson(given);
  if (isObject(schema)) return schema;
  if (!isJson(contentType)) return given;
  throw badRequest(
    `Invalid model specified: the schema ${schema === undefined ? 'is not JSON' : 'must be a JSON object'}`,
  );
}
