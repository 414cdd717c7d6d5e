import type { StackResourceSummary } from '@aws-sdk/client-cloudformation';
import { shorten } from '@cross-account-api/command-line/text';
import { printable } from '../printable.ts';

/** A resource that CloudFormation could not delete or put back. */
export interface FailedResource {
  readonly logicalId: string;
  /** AWS's own words. */
  readonly reason?: string | undefined;
}

/** The most characters of a reason: some have whole requests in them. */
const MOST_OF_A_REASON = 300;

/**
 * The resources that hold a stack in its state: those that could not be put back or, of a stack that can only be deleted, not be deleted.
 * Only these may be skipped, or retained (`ResourcesToSkip` of ContinueUpdateRollback, `RetainResources` of DeleteStack).
 */
export function failedResources(
  stackStatus: string,
  resources: readonly StackResourceSummary[],
): readonly FailedResource[] {
  const failed = stackStatus === 'UPDATE_ROLLBACK_FAILED' ? 'UPDATE_FAILED' : 'DELETE_FAILED';
  return resources
    .filter(({ ResourceStatus }) => ResourceStatus === failed)
    .map(({ LogicalResourceId: logicalId = '', ResourceStatusReason: reason }) => ({ logicalId, reason }));
}

/**
 * Why CloudFormation does not update a stack in a state.
 * @returns a sentence; `undefined` if it can be updated. The framework creates a stack that is under review
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
 */
export function whyBlocked(
  name: string,
  status: string,
  failed: readonly FailedResource[],
): string | undefined {
  if (/^(CREATE|(UPDATE|IMPORT)(_ROLLBACK)?)_COMPLETE$|^UPDATE_FAILED$|^REVIEW_IN_PROGRESS$/.test(status)) {
    return undefined;
  }
  const described = `${name} is ${status}`;
  const listed = failed.map(describe).join(', ');
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    return `${described}: CloudFormation updates it only after the rollback${listed === '' ? '' : `, and could not put back ${listed}`}.`;
  }
  if (status.endsWith('_IN_PROGRESS')) return `${described}: CloudFormation refuses another change.`;
  return `${described}: CloudFormation can only delete it${listed === '' ? '' : `, and could not delete ${listed}`}.`;
}

/** @example 'Bucket (The bucket you tried to delete is not empty)' */
function describe({ logicalId, reason }: FailedResource): string {
  if (reason === undefined) return logicalId;
  // Whoever reads it needs what the service said, and none of the IDs that CloudFormation puts around it.
  const said = printable(reason)
    .replaceAll(/\s+/g, ' ')
    .replace(/^Resource handler returned message: "/, '')
    .replace(/"? \((?:RequestToken|Service): .*$/, '')
    .replace(/\.$/, '');
  return `${logicalId} (${shorten(said, MOST_OF_A_REASON)})`;
}
