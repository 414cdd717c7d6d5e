import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import { type Caller, operationsOf } from '../../../protocols/operation.ts';
import { type Page, paginate, wholeNumber } from '../../../protocols/shapes.ts';
import { logGroupArn } from '../store.ts';

/** Declares an operation of CloudWatch Logs. */
export const operation = operationsOf('logs', 'InvalidParameterException');

/** The input of operations on one group. */
export const groupName = v.object({ logGroupName: v.string() });

/** The input members of operations that take a group's name, or in `logGroupIdentifier` its name or ARN. */
export const groupReference = {
  logGroupName: v.optional(v.string()),
  logGroupIdentifier: v.optional(v.string()),
};

/**
 * The name of the group that a request is about.
 * @throws AwsError `InvalidParameterException` unless exactly one member is given
 */
export function groupOf(input: {
  readonly logGroupName?: string | undefined;
  readonly logGroupIdentifier?: string | undefined;
}): string {
  const { logGroupName, logGroupIdentifier } = input;
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
    throw invalidParameter('You must include either logGroupIdentifier or logGroupName, but not both.');
  }
  return logGroupName ?? nameInArn(logGroupIdentifier ?? '');
}

/** @example nameInArn('arn:aws:logs:us-east-1:111111111111:log-group:/aws/lambda/api:*') // '/aws/lambda/api' */
export function nameInArn(arn: string): string {
  return arn.replace(/^arn:aws:logs:[^:]*:\d*:log-group:/, '').replace(/:\*$/, '');
}

/**
 * The resource of a permission, written as in AWS's own refusals.
 * @param stream the name of a log stream; empty for an operation on the group
 */
export function groupResource(group: string, caller: Caller, stream = ''): string {
  return `${logGroupArn(caller, group)}:log-stream:${stream}`;
}

/** The error of CloudWatch Logs for most mistakes in a request. */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

/** The input members of operations that return a list. @param most the largest page, which is also the default */
export const paging = (most: number) => ({
  limit: v.optional(wholeNumber(1, most), most),
  nextToken: v.optional(v.string()),
});

/**
 * One page of a list.
 * @throws AwsError `InvalidParameterException` for an invalid token
 */
export function pageOf<Item>(
  items: readonly Item[],
  { limit, nextToken }: { readonly limit: number; readonly nextToken?: string | undefined },
): Page<Item> {
  return paginate(items, {
    size: limit,
    token: nextToken,
    invalidToken: () => invalidParameter('The specified nextToken is invalid.'),
  });
}
