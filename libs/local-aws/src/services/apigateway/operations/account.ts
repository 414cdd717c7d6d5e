import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import type { ApiStore } from '../store.ts';
import { operationsOn } from './operation.ts';
import { patch, patched } from './patch.ts';

/** The operations on the account's settings. */
export function accountOperations(store: ApiStore): readonly Operation[] {
  const operation = operationsOn(store);
  return [
    operation('GetAccount', {
      http: 'GET /account',
      input: v.object({}),
      handle: (_input, call) => ({
        cloudwatchRoleArn: store.cloudWatchRoleArn(call),
        throttleSettings: { burstLimit: 5_000, rateLimit: 10_000 },
        features: ['UsagePlans'],
        apiKeyVersion: '4',
      }),
    }),
    operation('UpdateAccount', {
      http: 'PATCH /account',
      input: v.object(patch),
      async handle({ patchOperations }, call) {
        const account: { role: string | undefined } = { role: store.cloudWatchRoleArn(call) };
        const { role } = patched(account, patchOperations, {
          '/cloudwatchRoleArn': (_account, arn) => ({ role: arn || undefined }),
        });
        if (patchOperations.length > 0) await store.setCloudWatchRoleArn(call, role);
        return { cloudwatchRoleArn: role };
      },
    }),
  ];
}
