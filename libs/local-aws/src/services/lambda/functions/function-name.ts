import { parseArn } from '@cross-account-api/iam';
import { defined } from '../../../core/defined.ts';
import { errorOf } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import { invalid, notFound } from './errors.ts';

/** A function as a request names it. */
export interface FunctionReference extends Scope {
  readonly name: string;
  /** `$LATEST`, a version number or an alias; absent if the request has none. */
  readonly qualifier?: string;
}

const REFERENCE =
  /^(?:arn:aws[a-zA-Z-]*:lambda:(?<region>[a-z0-9-]+):(?=\d{12}:function:))?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_]+)(?::(?<named>\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/;
const QUALIFIER = /^[a-zA-Z0-9-_$]{1,128}$/;

/**
 * Reads a function's name, partial ARN (`111111111111:function:name`) or ARN, each with or without a qualifier.
 * @param qualifier the `Qualifier` parameter, which must not contradict the one in the name
 */
export function parseFunctionName(text: string, scope: Scope, qualifier?: string): FunctionReference {
  const { region = scope.region, account, name, named } = REFERENCE.exec(text)?.groups ?? {};
  if (name === undefined) throw invalidName(text);
  if (named !== undefined && qualifier !== undefined && named !== qualifier) {
    throw invalid('The derived qualifier from the function name does not match the specified qualifier.');
  }
  const chosen = qualifier ?? named;
  if (chosen !== undefined && !QUALIFIER.test(chosen)) {
    throw violation('qualifier', chosen, `${PATTERN} \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`);
  }
  if (region !== scope.region) {
    throw notFound(`Functions from '${region}' are not reachable in this region ('${scope.region}')`);
  }
  return defined({ accountId: account ?? scope.accountId, region, name, qualifier: chosen });
}

/** Checks the length of a new function's name, and of the ARN that names it. @throws AwsError */
export function checkNewName(name: string, given: string): void {
  // As LocalStack's tests recorded it on AWS: `test_function_arns`, https://github.com/localstack/localstack
  if (given.length > 140) {
    throw violation('functionName', given, 'Member must have length less than or equal to 140');
  }
  if (name.length <= 64) return;
  const constraint = 'Member must have length less than or equal to 64';
  throw violation('functionName', name, constraint, 'InvalidParameterValueException');
}

/** Reads a function's ARN, with or without qualifier. */
export function parseFunctionArn(arn: string): FunctionReference {
  const { region, accountId } = parseArn(arn);
  return parseFunctionName(arn, { accountId, region });
}

/** The ARN of a function, with the reference's qualifier if it has one. */
export function functionArn(reference: FunctionReference): string {
  const { accountId, region, name, qualifier } = reference;
  const suffix = qualifier === undefined ? '' : `:${qualifier}`;
  return `arn:aws:lambda:${region}:${accountId}:function:${name}${suffix}`;
}

const PATTERN = 'Member must satisfy regular expression pattern:';

function invalidName(text: string) {
  return violation(
    'functionName',
    text,
    `${PATTERN} (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`,
  );
}

function violation(member: string, value: string, constraint: string, code = 'ValidationException') {
  return errorOf(code)(
    `1 validation error detected: Value '${value.slice(0, 200)}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
