import ajvDraft04 from 'ajv-draft-04';
import ajvFormats from 'ajv-formats';
import { AwsError } from '../../../core/errors.ts';
import type { Model, RestApi } from '../rest-api.ts';

/** Whether a JSON document conforms to a model. */
export type ModelCheck = (document: unknown) => boolean;

const MODEL_REFERENCE = /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[^/]{1,100}\/models\/(\w{1,200})$/;

/**
 * Compiles a model, which is JSON schema draft 4 and may refer to the API's other models as
 * `https://apigateway.amazonaws.com/restapis/<apiId>/models/<Name>`.
 * @returns `undefined` for a free-form schema, which only models of other content types than JSON have: it accepts every body
 * @throws AwsError `BadRequestException` for a schema that is none
 */
export function compileModel(
  { schema }: Pick<Model, 'schema'>,
  models: RestApi['models'],
): ModelCheck | undefined {
  if (typeof schema === 'string') return undefined;
  const ajv = createAjv();
  for (const model of models.values()) {
    if (typeof model.schema === 'string') continue;
    ajv.addSchema(readSchema(model.schema) as object, referenceOf(model.name), undefined, false);
  }
  try {
    const validate = ajv.compile(readSchema(schema) as object);
    return (document) => validate(document) === true;
  } catch (error) {
    throw new AwsError(
      'BadRequestException',
      `Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified. ${error instanceof Error ? error.message : ''}]`,
    );
  }
}

function createAjv() {
  // Both are CommonJS modules whose exports carry themselves as `default`, for either module system.
  const ajv = new ajvDraft04.default({ strict: false, allErrors: false, logger: false });
  ajvFormats.default(ajv);
  return ajv;
}

function referenceOf(name: string): string {
  return `local-aws:/models/${name}`;
}

/** Drops `$schema` (only draft 4 is meant, whatever it says) and points references to models at those of this API. */
function readSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(readSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(
        ([key]) =>
          (key !== '$schema' && key !== 'id') || typeof schema[key as keyof typeof schema] !== 'string',
      )
      .map(([key, value]) => {
        const model =
          key === '$ref' && typeof value === 'string' ? MODEL_REFERENCE.exec(value)?.[1] : undefined;
        return [key, model === undefined ? readSchema(value) : referenceOf(model)];
      }),
  );
}
