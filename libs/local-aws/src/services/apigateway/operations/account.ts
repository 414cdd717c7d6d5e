import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { type ApiStore, notFound, stageOf } from '../store.ts';
import { declare, paging } from './operation.ts';

const text = v.optional(v.string());

/** The account's settings, tags, and what callers ask for that local AWS has none of. */
export function accountOperations(store: ApiStore): readonly Operation[] {
  return [
    declare('GetAccount', 'GET /account', v.object({}), (_input, call) => ({
      cloudwatchRoleArn: store.cloudWatchRoleArn(call),
      throttleSettings: { burstLimit: 5_000, rateLimit: 10_000 },
      features: ['UsagePlans'],
      apiKeyVersion: '4',
    })),
    declare(
      'UpdateAccount',
      'PATCH /account',
      v.object({
        patchOperations: v.optional(
          v.array(v.object({ op: v.string(), path: v.string(), value: v.optional(v.string()) })),
          [],
        ),
      }),
      async ({ patchOperations }, call) => {
        for (const { op, path, value } of patchOperations) {
          if (path !== '/cloudwatchRoleArn')
            throw new AwsError('BadRequestException', `Invalid patch path ${path}`);
          await store.setCloudWatchRoleArn(call, op === 'remove' || value === '' ? undefined : value);
        }
        return { cloudwatchRoleArn: store.cloudWatchRoleArn(call) };
      },
    ),
    declare(
      'GetTags',
      'GET /tags/{resourceArn}',
      v.object({ resourceArn: v.string(), ...paging }),
      ({ resourceArn }, call) => ({
        tags: { ...tagged(store, call, resourceArn).tags },
      }),
    ),
    declare(
      'TagResource',
      'PUT /tags/{resourceArn}',
      v.object({ resourceArn: v.string(), tags: v.record(v.string(), v.string()) }),
      ({ resourceArn, tags }, call) => {
        const target = tagged(store, call, resourceArn);
        target.tags = { ...target.tags, ...tags };
      },
      204,
    ),
    declare(
      'UntagResource',
      'DELETE /tags/{resourceArn}',
      v.object({ resourceArn: v.string(), tagKeys: v.optional(v.union([v.string(), v.array(v.string())])) }),
      ({ resourceArn, tagKeys }, call) => {
        const target = tagged(store, call, resourceArn);
        const removed = new Set([tagKeys ?? []].flat());
        target.tags = Object.fromEntries(Object.entries(target.tags).filter(([key]) => !removed.has(key)));
      },
      204,
    ),
    // There are none: every filter finds nothing.
    declare('GetUsagePlans', 'GET /usageplans', v.object({ keyId: text, ...paging }), () => ({ item: [] })),
    declare(
      'GetApiKeys',
      'GET /apikeys',
      v.object({ name: text, customerId: text, includeValues: text, ...paging }),
      () => ({ item: [] }),
    ),
    declare(
      'GetApiKey',
      'GET /apikeys/{apiKey}',
      v.object({ apiKey: v.string(), includeValue: text }),
      () => {
        throw notFound('Invalid API Key identifier specified');
      },
    ),
    declare('GetDomainNames', 'GET /domainnames', v.object({ resourceOwner: text, ...paging }), () => ({
      item: [],
    })),
  ];
}

function tagged(store: ApiStore, scope: Scope, resourceArn: string): { tags: Record<string, string> } {
  const match = /^arn:[\w-]+:apigateway:([\w-]+)::\/restapis\/(\w+)(?:\/stages\/([\w-]+))?$/.exec(
    resourceArn,
  );
  const [, region, apiId = '', stageName] = match ?? [];
  if (region !== scope.region)
    throw new AwsError('BadRequestException', `Invalid resource ARN: ${resourceArn}`);
  const api = store.api(scope, apiId);
  return stageName === undefined ? api : stageOf(api, stageName);
}
