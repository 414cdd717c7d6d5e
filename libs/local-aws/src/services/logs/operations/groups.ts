import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { tagList } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import type { LogGroup, LogStore } from '../store.ts';
import {
  groupOperationsOf,
  groupResource,
  invalidParameter,
  operation,
  pageOf,
  paging,
} from './operation.ts';

const tags = v.record(v.string(), v.string());

const NO_FILTERS = 'groups have no subscription filters';

/** The operations on log groups. */
export function groupOperations(store: LogStore): readonly ServiceOperation[] {
  const groupOperation = groupOperationsOf(store);
  return [
    operation('CreateLogGroup', {
      input: v.object({
        logGroupName: v.string(),
        tags: v.optional(tags, {}),
        logGroupClass: v.optional(v.literal('STANDARD')),
      }),
      requires({ logGroupName, tags }, caller) {
        const resource = groupResource(logGroupName, caller);
        const context = requestTagKeys(tagList(tags));
        const isTagged = Object.keys(tags).length > 0;
        return [
          { resource, context },
          ...(isTagged ? [{ resource, context, action: 'logs:TagResource' }] : []),
        ];
      },
      handle({ logGroupName, tags }, call) {
        store.createGroup(call, logGroupName).tags = tags;
      },
    }),
    operation('DescribeLogGroups', {
      input: v.object({
        logGroupNamePrefix: v.optional(v.string()),
        logGroupNamePattern: v.optional(v.string()),
        ...paging(50),
      }),
      requires: (_input, caller) => groupResource('', caller),
      handle(input, call) {
        const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern } = input;
        if (prefix !== undefined && pattern !== undefined) {
          throw invalidParameter(
            'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
          );
        }
        const part = pattern?.toLowerCase() ?? '';
        const matching = store
          .groups(call)
          .filter(({ name }) => name.startsWith(prefix ?? '') && name.toLowerCase().includes(part));
        const { items, next } = pageOf(matching, input);
        return { logGroups: items.map(describeGroup), nextToken: next };
      },
    }),
    groupOperation('DeleteLogGroup', { handle: (group) => store.deleteGroup(group) }),
    groupOperation('ListTagsForResource', { by: 'arn', handle: ({ tags }) => ({ tags }) }),
    groupOperation('DescribeSubscriptionFilters', {
      input: {
        filterNamePrefix: withoutEffect(v.optional(v.string()), NO_FILTERS),
        limit: withoutEffect(paging(50).limit, NO_FILTERS),
        nextToken: withoutEffect(paging(50).nextToken, NO_FILTERS),
      },
      handle: () => ({ subscriptionFilters: [] }),
    }),
  ];
}

function describeGroup(group: LogGroup) {
  return {
    logGroupName: group.name,
    arn: `${group.arn}:*`,
    logGroupArn: group.arn,
    creationTime: group.createdAt.getTime(),
    retentionInDays: group.retentionInDays,
    kmsKeyId: group.kmsKeyId,
    metricFilterCount: 0,
    storedBytes: group.events.reduce((bytes, { message }) => bytes + Buffer.byteLength(message), 0),
    logGroupClass: 'STANDARD',
  };
}
