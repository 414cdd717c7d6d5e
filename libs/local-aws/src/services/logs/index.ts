import type { Clock } from '../../core/clock.ts';
import type { Scope } from '../../core/scope.ts';
import { jsonEndpoint } from '../../protocols/json.ts';
import { eventOperations } from './operations/events.ts';
import { groupOperations } from './operations/groups.ts';
import { streamOperations } from './operations/streams.ts';
import { logGroupType } from './resources/log-group.ts';
import { type LogEvent, type LogLimits, LogStore } from './store.ts';

export type { LogEvent } from './store.ts';

/** CloudWatch Logs as the rest of local AWS uses it. */
export type LogsService = ReturnType<typeof createLogsService>;

/** CloudWatch Logs: groups and streams in memory. If they become too large, the oldest lines go. */
export function createLogsService({ clock, ...limits }: LogLimits & { readonly clock: Clock }) {
  const store = new LogStore(clock, limits);
  return {
    endpoint: jsonEndpoint({
      signingName: 'logs',
      targetPrefix: 'Logs_20140328',
      version: '1.1',
      operations: [...groupOperations(store), ...streamOperations(store), ...eventOperations(store)],
    }),
    resourceTypes: [logGroupType(store)],
    hasGroup: (scope: Scope, groupName: string) => store.findGroup(scope, groupName) !== undefined,
    createGroup(scope: Scope, groupName: string): void {
      store.createGroup(scope, groupName);
    },
    /** Appends lines. Creates the stream if it does not exist. Does nothing if the group does not exist. */
    write(scope: Scope, groupName: string, streamName: string, events: readonly LogEvent[]): void {
      const group = store.findGroup(scope, groupName);
      if (group !== undefined) store.write(group, streamName, events);
    },
  };
}
