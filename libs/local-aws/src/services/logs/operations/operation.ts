import * as v from 'valibot';
import { AwsError, errorOf } from '../../../core/errors.ts';
import { resourceTagContext } from '../../../core/resource-tag-context.ts';
import type { Scope } from '../../../core/scope.ts';
import { type Output, operationsOf, type ServiceOperation } from '../../../protocols/operation.ts';
import { type Page, paginate, pattern, wholeNumber } from '../../../protocols/shapes.ts';
import { type LogGroup, type LogStore, logGroupArn } from '../store.ts';

/** Declares an operation of CloudWatch Logs that does not need an existing group. */
export const operation = operationsOf('logs', 'InvalidParameterException');

/**
 * A name, or an ARN without the `:*` that DescribeLogGroups shows:
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/pull/48762
 */
const identifier = v.pipe(v.string(), pattern(/^[\w#+=/:,.@-]*$/, '[\\w#+=/:,.@-]*'));

/** The input members that name a group. */
const references = {
  name: { logGroupName: v.string() },
  arn: { resourceArn: v.string() },
  either: { logGroupName: v.optional(v.string()), logGroupIdentifier: v.optional(identifier) },
};

type Input<Entries extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<Entries, undefined>>;

interface GroupOperationSpec<Entries extends v.ObjectEntries> {
  /** The members that name the group. Default `name`. */
  readonly by?: keyof typeof references;
  readonly input?: Entries;
  handle(group: LogGroup, input: Input<Entries>): Output;
}

/** Makes the function that declares operations on one group. Each one finds the group and requires the permission on it. */
export function groupOperationsOf(store: LogStore) {
  return <Entries extends v.ObjectEntries>(
    name: string,
    { by = 'name', input, handle }: GroupOperationSpec<Entries>,
  ): ServiceOperation =>
    operation(name, {
      input: v.object({ ...references[by], ...input }),
      requires(members, caller) {
        const group = groupNameOf(members, name);
        return {
          resource: groupResource(group, caller) + streamNameOf(members),
          context: resourceTagContext(store.findGroup(caller, group)?.tags),
        };
      },
      handle: (members, call) =>
        handle(store.group(call, groupNameOf(members, name)), members as Input<Entries>),
    });
}

function groupNameOf(input: object, operationName: string): string {
  const { logGroupName: name, logGroupIdentifier, resourceArn } = input as Readonly<Record<string, string>>;
  const nameOrArn = logGroupIdentifier ?? resourceArn;
  if (operationName === 'DescribeLogStreams' && name !== undefined && logGroupIdentifier !== undefined) {
    // As LocalStack's tests recorded it on AWS, of this operation: tests/aws/services/logs/test_logs_streams.snapshot.json,
    // https://github.com/localstack/localstack
    throw errorOf('ValidationException')('LogGroup name and LogGroup ARN are mutually exclusive parameters.');
  }
  if ((name === undefined) === (nameOrArn === undefined)) {
    throw invalidParameter('You must include either logGroupIdentifier or logGroupName, but not both.');
  }
  // https://github.com/gruntwork-io/cloud-nuke/issues/1150
  if (resourceArn?.endsWith(':*')) throw errorOf('ValidationException')('Invalid resourceArn');
  return name ?? (nameOrArn ?? '').replace(/^arn:aws:logs:[^:]*:\d*:log-group:/, '');
}

/** The stream that the input names, or an empty text. */
function streamNameOf(input: object): string {
  return 'logStreamName' in input ? String(input.logStreamName) : '';
}

/** The resource of a permission on a group, written as in AWS's own refusals. */
export function groupResource(group: string, scope: Scope): string {
  return `${logGroupArn(scope, group)}:log-stream:`;
}

/** Checks that a group has a stream. @throws AwsError */
export function checkStream(streams: LogGroup['streams'], name: string): void {
  if (streams.has(name)) return;
  throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
}

/** The error of CloudWatch Logs for most mistakes in a request. */
export const invalidParameter = errorOf('InvalidParameterException');

/** The input members of operations that return a list. @param most the largest page, which is also the default */
export const paging = (most: number) => ({
  limit: v.optional(wholeNumber(1, most), most),
  nextToken: v.optional(v.string()),
});

/** The values of {@link paging}. */
export type PageInput = { readonly limit: number; readonly nextToken?: string | undefined };

/** One page of a list. */
export function pageOf<Item>(items: readonly Item[], { limit, nextToken }: PageInput): Page<Item> {
  return paginate(items, {
    size: limit,
    token: nextToken,
    invalidToken: () => invalidParameter('The specified nextToken is invalid.'),
  });
}
