import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { ResourceType } from '../../resource-type.ts';
import { compileModel } from '../definition/model-schema.ts';
import type { Model, RestApi } from '../rest-api.ts';
import { type ApiStore, randomId } from '../store.ts';
import { findApi } from './find-api.ts';
import { defined } from './properties.ts';

const schema = v.strictObject({
  RestApiId: v.string(),
  Name: v.optional(v.string()),
  ContentType: v.optional(v.string()),
  Description: v.optional(v.string()),
  Schema: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
});

type Properties = v.InferOutput<typeof schema>;

/**
 * `AWS::ApiGateway::Model`: a JSON schema, draft 4. "For application/json models, this should be JSON schema draft 4 model"
 * (https://docs.aws.amazon.com/apigateway/latest/api/API_Model.html); for others the schema is free-form.
 */
export function modelType(store: ApiStore): ResourceType<typeof schema> {
  const put = (api: RestApi, id: string, name: string, properties: Properties): void => {
    const contentType = properties.ContentType ?? 'application/json';
    const model: Model = {
      id,
      name,
      contentType,
      schema: readSchema(properties.Schema, contentType),
      ...defined({ description: properties.Description }),
    };
    if (isJson(contentType)) compileModel(model, api.models);
    api.models.set(name, model);
  };
  return {
    typeName: 'AWS::ApiGateway::Model',
    properties: schema,
    replacedBy: ['RestApiId', 'Name', 'ContentType'],
    async create(properties, context) {
      const api = store.api(context, properties.RestApiId);
      const name = properties.Name ?? context.generateName().replaceAll(/[^A-Za-z0-9]/g, '');
      if (!/^[A-Za-z0-9]{1,128}$/.test(name)) {
        throw new AwsError('BadRequestException', 'Model name must be alphanumeric: ^[a-zA-Z0-9]+$');
      }
      if (api.models.has(name)) {
        throw new AwsError('ConflictException', 'Model name already exists for this REST API', 409);
      }
      put(api, randomId(6), name, properties);
      return { physicalId: name, attributes: {} };
    },
    async update(current, properties, _previous, context) {
      const api = store.api(context, properties.RestApiId);
      put(api, api.models.get(current.physicalId)?.id ?? randomId(6), current.physicalId, properties);
      return current;
    },
    async delete(current, properties, context) {
      findApi(store, context, properties.RestApiId)?.models.delete(current.physicalId);
    },
  };
}

function isJson(contentType: string): boolean {
  return /^application\/([\w.-]+\+)?json\b/i.test(contentType);
}

function readSchema(text: Properties['Schema'], contentType: string): Model['schema'] {
  let schema: unknown = text ?? {};
  if (typeof schema === 'string') {
    try {
      schema = JSON.parse(schema);
    } catch {
      if (!isJson(contentType)) return String(text);
      throw new AwsError('BadRequestException', 'Invalid model specified: the schema is not JSON');
    }
  }
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    if (!isJson(contentType)) return String(text);
    throw new AwsError('BadRequestException', 'Invalid model specified: the schema must be a JSON object');
  }
  return schema as Model['schema'];
}
