import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { RouteQuestion } from '../../../pipeline/endpoint.ts';
import { operationsOf } from '../../../protocols/operation.ts';
import { type FunctionReference, functionArn, parseFunctionName } from '../functions/function-name.ts';
import type { FunctionStore, LambdaFunction } from '../store.ts';

/** The error code for inputs that Lambda's schemas refuse. */
export const INVALID_INPUT = 'InvalidParameterValueException';

/** Declares an operation of Lambda. */
export const operation = operationsOf('lambda', INVALID_INPUT);

/** The input members that name a function. */
export const functionEntries = {
  FunctionName: v.pipe(v.string(), v.minLength(1), v.maxLength(170)),
  Qualifier: v.optional(v.string()),
} as const;

/** The function that a request means. */
export function referenceOf(
  input: { readonly FunctionName: string; readonly Qualifier?: string | undefined },
  scope: Scope,
): FunctionReference {
  return parseFunctionName(input.FunctionName, scope, input.Qualifier);
}

/** The question whether the caller may do something to a function. */
export function functionQuestion(
  store: FunctionStore,
  action: string,
  reference: FunctionReference,
  context?: RouteQuestion['context'],
): RouteQuestion {
  const resourcePolicy = store.policy(reference);
  return {
    action: `lambda:${action}`,
    resource: functionArn(reference),
    resourceAccountId: reference.accountId,
    ...(context === undefined ? {} : { context }),
    ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
  };
}

/** The question whether the caller may give a role to Lambda. */
export function passRoleQuestion(roleArn: string, accountId: string): RouteQuestion {
  return {
    action: 'iam:PassRole',
    resource: roleArn,
    resourceAccountId: roleArn.split(':')[4] ?? accountId,
    context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
  };
}

/**
 * A member that AWS has and local AWS has not: absent or empty is fine, anything else is an error that names it.
 * @example v.object({ Layers: unsupported('Layers') })
 */
export function unsupported(name: string) {
  return v.optional(
    v.custom<unknown>(
      isEmpty,
      `local AWS does not support ${name}: leave it out of this function's configuration`,
    ),
  );
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}

/** @throws AwsError `PreconditionFailedException` where the caller has seen another state of the function */
export function checkRevision(changed: LambdaFunction, revisionId: string | undefined): void {
  if (revisionId === undefined || revisionId === changed.latest.revisionId) return;
  throw new AwsError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    412,
  );
}

/** One page of a list, and the marker of the next. */
export function page<Item>(
  items: readonly Item[],
  input: { readonly Marker?: string | undefined; readonly MaxItems?: string | undefined },
  fallback = 50,
): { readonly items: readonly Item[]; readonly NextMarker?: string } {
  const start = input.Marker === undefined ? 0 : Number(input.Marker);
  const size = input.MaxItems === undefined ? fallback : Number(input.MaxItems);
  if (!Number.isSafeInteger(start) || start < 0) throw new AwsError(INVALID_INPUT, 'Invalid Marker.');
  if (!Number.isSafeInteger(size) || size < 1 || size > 10_000) {
    throw new AwsError(INVALID_INPUT, 'MaxItems must be a number from 1 to 10000.');
  }
  const end = start + size;
  return { items: items.slice(start, end), ...(end < items.length ? { NextMarker: String(end) } : {}) };
}

/** The members with which lists are paged. */
export const pageEntries = { Marker: v.optional(v.string()), MaxItems: v.optional(v.string()) } as const;
