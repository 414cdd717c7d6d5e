import * as v from 'valibot';
import type { Operation } from '../../protocols/operation.ts';
import { groupName, invalidParameter, limit, nameInArn, onGroup, operation, paginate } from './shapes.ts';
import { type LogGroup, type LogStore, retentionDays } from './store.ts';

const tags = v.record(v.string(), v.string());

/** The operations on log groups. */
export function groupOperations(store: LogStore): readonly Operation[] {
  return [
    operation('CreateLogGroup', {
      input: v.object({
        ...groupName.entries,
        tags: v.optional(tags, {}),
        logGroupClass: v.optional(v.literal('STANDARD')),
      }),
      requires: ({ logGroupName, tags }, caller) => [
        ...onGroup('CreateLogGroup', logGroupName, caller),
        ...(Object.keys(tags).length === 0 ? [] : onGroup('TagResource', logGroupName, caller)),
      ],
      handle: ({ logGroupName, tags }, call) => {
        const group = store.createGroup(call, logGroupName);
        for (const [key, value] of Object.entries(tags)) group.tags.set(key, value);
      },
    }),
    operation('DeleteLogGroup', {
      input: groupName,
      requires: ({ logGroupName }, caller) => onGroup('DeleteLogGroup', logGroupName, caller),
      handle: ({ logGroupName }, call) => {
        store.deleteGroup(call, logGroupName);
      },
    }),
    operation('PutRetentionPolicy', {
      input: v.object({ ...groupName.entries, retentionInDays: v.number() }),
      requires: ({ logGroupName }, caller) => onGroup('PutRetentionPolicy', logGroupName, caller),
      handle: ({ logGroupName, retentionInDays }, call) => {
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
      requires: ({ logGroupName }, caller) => onGroup('DeleteRetentionPolicy', logGroupName, caller),
      handle: ({ logGroupName }, call) => {
        delete store.group(call, logGroupName).retentionInDays;
      },
    }),
    operation('DescribeLogGroups', {
      input: v.object({
        logGroupNamePrefix: v.optional(v.string()),
        logGroupNamePattern: v.optional(v.string()),
        limit: limit(50),
        nextToken: v.optional(v.string()),
      }),
      requires: (_input, caller) => onGroup('DescribeLogGroups', '', caller),
      handle: (input, call) => {
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
        const { page, nextToken } = paginate(matching, input.limit, input.nextToken);
        return { logGroups: page.map(describeGroup), nextToken };
      },
    }),
    operation('ListTagsForResource', {
      input: v.object({ resourceArn: v.string() }),
      requires: ({ resourceArn }, caller) => onGroup('ListTagsForResource', nameInArn(resourceArn), caller),
      handle: ({ resourceArn }, call) => ({
        tags: Object.fromEntries(store.group(call, nameInArn(resourceArn)).tags),
      }),
    }),
    operation('TagResource', {
      input: v.object({ resourceArn: v.string(), tags }),
      requires: ({ resourceArn }, caller) => onGroup('TagResource', nameInArn(resourceArn), caller),
      handle: ({ resourceArn, tags }, call) => {
        const group = store.group(call, nameInArn(resourceArn));
        for (const [key, value] of Object.entries(tags)) group.tags.set(key, value);
      },
    }),
    operation('UntagResource', {
      input: v.object({ resourceArn: v.string(), tagKeys: v.array(v.string()) }),
      requires: ({ resourceArn }, caller) => onGroup('UntagResource', nameInArn(resourceArn), caller),
      handle: ({ resourceArn, tagKeys }, call) => {
        const group = store.group(call, nameInArn(resourceArn));
        for (const key of tagKeys) group.tags.delete(key);
      },
    }),
    operation('DescribeSubscriptionFilters', {
      input: groupName,
      requires: ({ logGroupName }, caller) => onGroup('DescribeSubscriptionFilters', logGroupName, caller),
      handle: ({ logGroupName }, call) => {
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
