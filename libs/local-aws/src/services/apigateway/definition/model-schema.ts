import { createRequire } from 'node:module';
import { join } from 'node:path';
import type ajvDraft04 from 'ajv-draft-04';
import type ajvFormats from 'ajv-formats';
import { errorMessage } from '../../../core/errors.ts';
import { withinTime } from '../../../core/within-time.ts';
import type { ModelSchema } from '../store.ts';
import { badRequest } from './errors.ts';

/** Ajv is loaded with the first model: it costs start-up time, and most APIs have no model. Jest has no `import()`. */
const load = createRequire(join(import.meta.dirname, 'model-schema.js'));

/** Longer than the validation of the largest body takes, on a busy machine too. */
export const MOST_VALIDATION_MS = 1_000;

const MODEL_REFERENCE = /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[^/]{1,100}\/models\/(\w{1,200})$/;

/**
 * Compiles a JSON schema draft 4. It may refer to other models: `https://apigateway.amazonaws.com/restapis/<apiId>/models/<Name>`.
 * The compiled check throws a TimeLimitError if a document takes longer than {@link MOST_VALIDATION_MS}: a schema can have any pattern.
 * @returns `undefined` for the free-form schema of a content type that is not JSON: it accepts every body
 */
export function compileModel(
  schema: ModelSchema,
  models: ReadonlyMap<string, ModelSchema>,
): ((document: unknown) => boolean) | undefined {
  if (typeof schema === 'string') return undefined;
  const { default: AjvDraft04 }: typeof ajvDraft04 = load('ajv-draft-04');
  const { default: addFormats }: typeof ajvFormats = load('ajv-formats');
  const ajv = new AjvDraft04({ strict: false, allErrors: false, logger: false });
  addFormats(ajv);
  for (const [name, other] of models) {
    if (typeof other === 'string') continue;
    ajv.addSchema(readSchema(other), referenceOf(name), undefined, false);
  }
  // Compiles the schema of schemas, which takes 20 times as long as most models: the limit is for what others wrote.
  ajv.validateSchema({});
  try {
    const validate = withinTime(MOST_VALIDATION_MS, () => ajv.compile(readSchema(schema)));
    return (document) => withinTime(MOST_VALIDATION_MS, () => validate(document) === true);
  } catch (error) {
    throw badRequest(
      `Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified. ${errorMessage(error)}]`,
    );
  }
}

function referenceOf(name: string): string {
  return `local-aws:/models/${name}`;
}

/** Drops `$schema` and `id`, because every schema is read as draft 4. References to models become references to this API's models. */
function readSchema(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (key === '$schema' || key === 'id') return undefined;
    const model = key === '$ref' ? MODEL_REFERENCE.exec(value)?.[1] : undefined;
    return model === undefined ? value : referenceOf(model);
  });
}
