import * as v from 'valibot';
import { AwsError } from '../../core/errors.ts';
import type { RouteQuestion } from '../../pipeline/endpoint.ts';
import { type Caller, operationsOf } from '../../protocols/operation.ts';
import { logGroupArn } from './store.ts';

/** Declares an operation of CloudWatch Logs. */
export const operation = operationsOf('logs', 'InvalidParameterException');

/** Members of operations on a group that is named. */
export const groupName = v.object({ logGroupName: v.string() });

/** A page's size. @param most AWS's own limit, which is the default too */
export function limit(most: number) {
  return v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1, 'Member must have value greater than or equal to 1'),
      v.maxValue(most, `Member must have value less than or equal to ${most}`),
    ),
    most,
  );
}

/** Members of operations that take a group's name, or in `logGroupIdentifier` its name or ARN. */
export const groupReference = v.object({
  logGroupName: v.optional(v.string()),
  logGroupIdentifier: v.optional(v.string()),
});

/**
 * The name of the group that is meant.
 * @throws AwsError `InvalidParameterException`
 */
export function groupOf({ logGroupName, logGroupIdentifier }: v.InferOutput<typeof groupReference>): string {
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
    throw invalidParameter('You must include either logGroupIdentifier or logGroupName, but not both.');
  }
  return logGroupName ?? nameInArn(logGroupIdentifier ?? '');
}

/** @example nameInArn('arn:aws:logs:us-east-1:111111111111:log-group:/aws/lambda/api:*') // '/aws/lambda/api' */
export function nameInArn(arn: string): string {
  return arn.replace(/^arn:aws:logs:[^:]*:\d*:log-group:/, '').replace(/:\*$/, '');
}

/** Whether the caller may do `action` to a group of its account. The resource is written as in AWS's own refusals. */
export function onGroup(
  action: string,
  name: string,
  { accountId, region }: Caller,
): readonly RouteQuestion[] {
  return [
    {
      action: `logs:${action}`,
      resource: `${logGroupArn({ accountId, region }, name)}:log-stream:`,
      resourceAccountId: accountId,
    },
  ];
}

/** Whether the caller may do `action` to a stream of its account. */
export function onStream(
  action: string,
  group: string,
  stream: string,
  { accountId, region }: Caller,
): readonly RouteQuestion[] {
  return [
    {
      action: `logs:${action}`,
      resource: `${logGroupArn({ accountId, region }, group)}:log-stream:${stream}`,
      resourceAccountId: accountId,
    },
  ];
}

/** CloudWatch Logs' error for most that is wrong in a request. */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

/**
 * A page of a list.
 * @param token where it begins, as an answer's `nextToken` said
 * @throws AwsError `InvalidParameterException`
 */
export function paginate<Item>(
  items: readonly Item[],
  size: number,
  token: string | undefined,
): { readonly page: readonly Item[]; readonly nextToken?: string } {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isSafeInteger(start) || start < 0)
    throw invalidParameter('The specified nextToken is invalid.');
  const end = start + size;
  return { page: items.slice(start, end), ...(end < items.length ? { nextToken: String(end) } : {}) };
}
