import type { Clock } from '../../core/clock.ts';
import type { Scope } from '../../core/scope.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import { jsonEndpoint } from '../../protocols/json.ts';
import type { ResourceType } from '../resource-type.ts';
import { groupOperations } from './operations/groups.ts';
import { streamOperations } from './operations/streams.ts';
import { logGroupType } from './resources/log-group.ts';
import { type LogEvent, LogStore } from './store.ts';

export type { LogEvent } from './store.ts';

/** CloudWatch Logs as the rest of local AWS uses it. */
export interface LogsService {
  readonly endpoint: Endpoint;
  readonly resourceTypes: readonly ResourceType[];
  hasGroup(scope: Scope, groupName: string): boolean;
  createGroup(scope: Scope, groupName: string): void;
  /** Appends lines. Creates the stream if it does not exist. Does nothing if the group does not exist. */
  write(scope: Scope, groupName: string, streamName: string, events: readonly LogEvent[]): void;
}

/** CloudWatch Logs: groups and streams in memory. */
export function createLogsService(options: { readonly clock: Clock }): LogsService {
  const store = new LogStore(options.clock);
  return {
    endpoint: jsonEndpoint({
      signingName: 'logs',
      targetPrefix: 'Logs_20140328',
      version: '1.1',
      operations: [...groupOperations(store), ...streamOperations(store)],
    }),
    resourceTypes: [logGroupType(store)],
    hasGroup: (scope, groupName) => store.findGroup(scope, groupName) !== undefined,
    createGroup: (scope, groupName) => {
      store.createGroup(scope, groupName);
    },
    write(scope, groupName, streamName, events) {
      const group = store.findGroup(scope, groupName);
      if (group !== undefined) store.write(group, streamName, events);
    },
  };
}
