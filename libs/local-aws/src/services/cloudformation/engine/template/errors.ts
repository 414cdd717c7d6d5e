import { AwsError } from '../../../../core/errors.ts';

/** The error for a request that CloudFormation refuses. */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

/** A template that is not well-formed: `Template format error: …`, as CloudFormation words it. */
export function formatError(message: string): AwsError {
  return validationError(`Template format error: ${message}`);
}

/**
 * A template that refers to resources whose conditions are false. AWS words it in two ways, as LocalStack's tests recorded it:
 * tests/aws/services/cloudformation/engine/test_conditions.snapshot.json, https://github.com/localstack/localstack
 */
export function skippedReferences(names: readonly string[], block: string): AwsError {
  const error = unresolvedReferences(names, block);
  return block === 'Outputs' ? validationError(error.message.replace(/^Template format error: /, '')) : error;
}

/** A template that refers to resources or parameters that do not exist. @param block the template's section, e.g. `Outputs` */
export function unresolvedReferences(names: readonly string[], block: string): AwsError {
  const unique = [...new Set(names)].join(', ');
  return formatError(`Unresolved resource dependencies [${unique}] in the ${block} block of the template`);
}

/** A template whose functions cannot be evaluated: `Template error: …`, as CloudFormation words it. */
export function templateError(message: string): AwsError {
  return validationError(`Template error: ${message}`);
}

/** The result of {@link attempt}. */
export type Attempt<Value> = { readonly value: Value } | { readonly error: string };

/** Runs a function. Returns the message of an {@link AwsError}; other errors are thrown. */
export function attempt<Value>(run: () => Value): Attempt<Value> {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof AwsError) return { error: error.message };
    throw error;
  }
}

/** The same as {@link attempt}, for a promise. */
export async function attemptLater<Value>(run: () => Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { value: await run() };
  } catch (error) {
    if (error instanceof AwsError) return { error: error.message };
    throw error;
  }
}
