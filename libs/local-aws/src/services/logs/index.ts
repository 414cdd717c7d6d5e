import * as v from 'valibot';
import type { Clock } from '../../core/clock.ts';
import type { Endpoint, Scope } from '../../pipeline/endpoint.ts';
import { jsonEndpoint } from '../../protocols/json.ts';
import type { Operation } from '../../protocols/operation.ts';
import type { ResourceType } from '../resource-type.ts';
import { eventOperations } from './events.ts';
import { groupOperations } from './groups.ts';
import { createLogStore, type LogEvent, type LogGroup, type LogStore, retentionDays } from './store.ts';
import { streamOperations } from './streams.ts';

export type { LogEvent } from './store.ts';

/** CloudWatch Logs as the rest of local AWS uses it. */
export interface LogsService {
  readonly endpoint: Endpoint;
  readonly resourceTypes: readonly ResourceType[];
  hasGroup(scope: Scope, groupName: string): boolean;
  /** @throws AwsError `ResourceAlreadyExistsException` */
  createGroup(scope: Scope, groupName: string): void;
  /** Appends lines; the stream is made where it does not exist. A group that does not exist gets nothing. */
  write(scope: Scope, groupName: string, streamName: string, events: readonly LogEvent[]): void;
}

function logsOperations(store: LogStore, clock: Clock): readonly Operation[] {
  return [...groupOperations(store), ...streamOperations(store), ...eventOperations(store, clock)];
}

/** CloudWatch Logs: groups and streams in memory. */
export function createLogsService(options: { readonly clock: Clock }): LogsService {
  const store = createLogStore(options.clock);
  return {
    endpoint: jsonEndpoint({
      signingName: 'logs',
      targetPrefix: 'Logs_20140328',
      version: '1.1',
      operations: logsOperations(store, options.clock),
    }),
    resourceTypes: [logGroupType(store)],
    hasGroup: (scope, groupName) => store.findGroup(scope, groupName) !== undefined,
    createGroup: (scope, groupName) => {
      store.createGroup(scope, groupName);
    },
    write(scope, groupName, streamName, events) {
      const group = store.findGroup(scope, groupName);
      if (group === undefined) return;
      store.append(group.streams.get(streamName) ?? store.createStream(group, streamName), events);
    },
  };
}

const logGroupProperties = v.strictObject({
  LogGroupName: v.optional(v.string()),
  RetentionInDays: v.optional(v.picklist(retentionDays)),
  LogGroupClass: v.optional(v.literal('STANDARD')),
  Tags: v.optional(v.array(v.strictObject({ Key: v.string(), Value: v.string() }))),
});

/** `AWS::Logs::LogGroup`. */
function logGroupType(store: LogStore): ResourceType<typeof logGroupProperties> {
  const configure = (group: LogGroup, properties: v.InferOutput<typeof logGroupProperties>) => {
    if (properties.RetentionInDays === undefined) delete group.retentionInDays;
    else group.retentionInDays = properties.RetentionInDays;
    group.tags.clear();
    for (const { Key, Value } of properties.Tags ?? []) group.tags.set(Key, Value);
    return { physicalId: group.name, attributes: { Arn: `${group.arn}:*` } };
  };
  return {
    typeName: 'AWS::Logs::LogGroup',
    properties: logGroupProperties,
    replacedBy: ['LogGroupName'],
    create: async (properties, context) =>
      configure(
        store.createGroup(context, properties.LogGroupName ?? context.generateName({ maxLength: 512 })),
        properties,
      ),
    update: async (current, properties, _previous, context) =>
      configure(store.group(context, current.physicalId), properties),
    delete: async ({ physicalId }, _properties, context) => {
      if (store.findGroup(context, physicalId) !== undefined) store.deleteGroup(context, physicalId);
    },
  };
}
