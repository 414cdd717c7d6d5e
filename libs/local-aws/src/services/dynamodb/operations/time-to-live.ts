import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { type TableStore, tableArn } from '../store.ts';
import { operation, tableResource } from './operation.ts';

/** The operations on a table's time to live, which dynalite does not have. The setting is kept, and nothing expires. */
export function timeToLiveOperations(store: TableStore): readonly Operation[] {
  return [
    operation('DescribeTimeToLive', {
      input: v.object({ TableName: v.string() }),
      requires: ({ TableName }, caller) => tableResource(TableName, caller),
      async handle({ TableName }, call) {
        await store.run(call, 'DescribeTable', { TableName });
        const AttributeName = store.timeToLive.get(tableArn(call, TableName));
        const TimeToLiveStatus = AttributeName === undefined ? 'DISABLED' : 'ENABLED';
        return { TimeToLiveDescription: { TimeToLiveStatus, AttributeName } };
      },
    }),
    operation('UpdateTimeToLive', {
      input: v.object({
        TableName: v.string(),
        TimeToLiveSpecification: v.object({ Enabled: v.boolean(), AttributeName: v.string() }),
      }),
      requires: ({ TableName }, caller) => tableResource(TableName, caller),
      async handle({ TableName, TimeToLiveSpecification }, call) {
        await store.run(call, 'DescribeTable', { TableName });
        const arn = tableArn(call, TableName);
        const { Enabled, AttributeName } = TimeToLiveSpecification;
        if (Enabled === store.timeToLive.has(arn)) {
          throw new AwsError(
            'ValidationException',
            `TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`,
          );
        }
        if (Enabled) store.timeToLive.set(arn, AttributeName);
        else store.timeToLive.delete(arn);
        return { TimeToLiveSpecification };
      },
    }),
  ];
}
