import ajvDraft04 from 'ajv-draft-04';
import ajvFormats from 'ajv-formats';
import { errorMessage } from '../../../core/errors.ts';
import { isObject } from '../../../core/is-object.ts';
import type { ModelSchema } from '../store.ts';
import { badRequest } from './errors.ts';

/** Whether a JSON document conforms to a model. */
export type ModelCheck = (document: unknown) => boolean;

const MODEL_REFERENCE = /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[^/]{1,100}\/models\/(\w{1,200})$/;

/**
 * Compiles a model: JSON schema draft 4, which may refer to others as
 * `https://apigateway.amazonaws.com/restapis/<apiId>/models/<Name>`.
 * @returns `undefined` for the free-form schema of another content type than JSON: it accepts every body
 */
export function compileModel(
  schema: ModelSchema,
  models: ReadonlyMap<string, ModelSchema>,
): ModelCheck | undefined {
  if (typeof schema === 'string') return undefined;
  const ajv = createAjv();
  for (const [name, other] of models) {
    if (typeof other === 'string') continue;
    ajv.addSchema(readSchema(other), referenceOf(name), undefined, false);
  }
  try {
    const validate = ajv.compile(readSchema(schema));
    return (document) => validate(document) === true;
  } catch (error) {
    throw badRequest(
      `Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified. ${errorMessage(error)}]`,
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

/** Drops `$schema` and `id`, since every schema is read as draft 4, and points references to models at those of this API. */
function readSchema(schema: object): object {
  return mapStrings(schema, (key, text) => {
    if (key === '$schema' || key === 'id') return undefined;
    const model = key === '$ref' ? MODEL_REFERENCE.exec(text)?.[1] : undefined;
    return model === undefined ? text : referenceOf(model);
  });
}

/** A copy of a JSON value with other strings in its objects. @param map `undefined` leaves the member out */
export function mapStrings<Value>(
  value: Value,
  map: (key: string, text: string) => string | undefined,
): Value;
export function mapStrings(value: unknown, map: (key: string, text: string) => string | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map));
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, member]) => [
    key,
    typeof member === 'string' ? map(key, member) : mapStrings(member, map),
  ]);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}
