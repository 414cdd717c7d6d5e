import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { type LogGroup, type LogStore, retentionDays } from '../store.ts';
import {
  groupName,
  groupResource,
  invalidParameter,
  nameInArn,
  operation,
  pageOf,
  paging,
} from './operation.ts';

const tags = v.record(v.string(), v.string());
const taggedResource = v.object({ resourceArn: v.string() });

/** The operations on log groups. */
export function groupOperations(store: LogStore): readonly Operation[] {
  return [
    operation('CreateLogGroup', {
      input: v.object({
        ...groupName.entries,
        tags: v.optional(tags, {}),
        logGroupClass: v.optional(v.literal('STANDARD')),
      }),
      requires({ logGroupName, tags }, caller) {
        const resource = groupResource(logGroupName, caller);
        const isTagged = Object.keys(tags).length > 0;
        return [{ resource }, ...(isTagged ? [{ resource, action: 'logs:TagResource' }] : [])];
      },
      handle({ logGroupName, tags }, call) {
        store.createGroup(call, logGroupName).tags = tags;
      },
    }),
    operation('DeleteLogGroup', {
      input: groupName,
      requires: ({ logGroupName }, caller) => groupResource(logGroupName, caller),
      handle: ({ logGroupName }, call) => store.deleteGroup(call, logGroupName),
    }),
    operation('PutRetentionPolicy', {
      input: v.object({ ...groupName.entries, retentionInDays: v.number() }),
      requires: ({ logGroupName }, caller) => groupResource(logGroupName, caller),
      handle({ logGroupName, retentionInDays }, call) {
        if (!retentionDays.includes(retentionInDays)) {
          throw invalidParameter(
            `retentionInDays ${retentionInDays} is not one of ${retentionDays.join(', ')}.`,
          );
        }
        store.group(call, logGroupName).retentionInDays = retentionInDays;
      },
    }),
    operation('DeleteRetentionPolicy', {
      input: groupName,
      requires: ({ logGroupName }, caller) => groupResource(logGroupName, caller),
      handle({ logGroupName }, call) {
        delete store.group(call, logGroupName).retentionInDays;
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
    operation('ListTagsForResource', {
      input: taggedResource,
      requires: ({ resourceArn }, caller) => groupResource(nameInArn(resourceArn), caller),
      handle: ({ resourceArn }, call) => ({ tags: store.group(call, nameInArn(resourceArn)).tags }),
    }),
    operation('TagResource', {
      input: v.object({ ...taggedResource.entries, tags }),
      requires: ({ resourceArn }, caller) => groupResource(nameInArn(resourceArn), caller),
      handle({ resourceArn, tags }, call) {
        const group = store.group(call, nameInArn(resourceArn));
        group.tags = { ...group.tags, ...tags };
      },
    }),
    operation('UntagResource', {
      input: v.object({ ...taggedResource.entries, tagKeys: v.array(v.string()) }),
      requires: ({ resourceArn }, caller) => groupResource(nameInArn(resourceArn), caller),
      handle({ resourceArn, tagKeys }, call) {
        const group = store.group(call, nameInArn(resourceArn));
        group.tags = Object.fromEntries(Object.entries(group.tags).filter(([key]) => !tagKeys.includes(key)));
      },
    }),
    operation('DescribeSubscriptionFilters', {
      input: v.object({
        ...groupName.entries,
        filterNamePrefix: v.optional(v.string()),
        ...paging(50),
      }),
      requires: ({ logGroupName }, caller) => groupResource(logGroupName, caller),
      handle({ logGroupName }, call) {
        store.group(call, logGroupName);
        return { subscriptionFilters: [] };
      },
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
    metricFilterCount: 0,
    logGroupClass: 'STANDARD',
    storedBytes: 0,
  };
}
