import { AwsError } from '../../../../core/errors.ts';

/** The error for a request that CloudFormation refuses. */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

/** A template that is not well-formed: `Template format error: …`, as CloudFormation words it. */
export function formatError(message: string): AwsError {
  return validationError(`Template format error: ${message}`);
}

/** A template that refers to what it does not have. @param block the template's section, e.g. `Outputs` */
export function unresolvedReferences(names: readonly string[], block: string): AwsError {
  const unique = [...new Set(names)].join(', ');
  return formatError(`Unresolved resource dependencies [${unique}] in the ${block} block of the template`);
}

/** A template whose functions cannot be evaluated: `Template error: …`, as CloudFormation words it. */
export function templateError(message: string): AwsError {
  return validationError(`Template error: ${message}`);
}

/** The error for something that CloudFormation supports and local AWS does not. */
export function unsupported(what: string, remedy: string): AwsError {
  return validationError(`local AWS does not support ${what}. ${remedy}`);
}
