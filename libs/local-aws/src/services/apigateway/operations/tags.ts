import * as v from 'valibot';
import type { Scope } from '../../../core/scope.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { badRequest } from '../definition/errors.ts';
import { type ApiStore, stageOf } from '../store.ts';
import { operationsOn } from './operation.ts';

/** AWS's own tags say which stack an API belongs to, and policies rely on them: no client changes them. */
const isReserved = (key: string) => /^aws:/i.test(key);

const resource = { resourceArn: v.string() };

/** The operations on the tags of APIs and stages. */
export function tagOperations(store: ApiStore): readonly Operation[] {
  const operation = operationsOn(store);
  const tagged = (arn: string, scope: Scope) => {
    const [, region, apiId = '', stageName] =
      /^arn:[\w-]+:apigateway:([\w-]+)::\/restapis\/(\w+)(?:\/stages\/([\w-]+))?$/.exec(arn) ?? [];
    if (region !== scope.region) throw badRequest(`Invalid resource ARN: ${arn}`);
    const api = store.api(scope, apiId);
    return stageName === undefined ? api : stageOf(api, stageName);
  };
  return [
    operation('TagResource', {
      http: 'PUT /tags/{resourceArn}',
      status: 204,
      input: v.object({ ...resource, tags: v.record(v.string(), v.string()) }),
      handle({ resourceArn, tags }, call) {
        const target = tagged(resourceArn, call);
        if (Object.keys(tags).some(isReserved)) {
          throw badRequest('aws: prefixed tag key names are not allowed');
        }
        target.tags = { ...target.tags, ...tags };
      },
    }),
    operation('UntagResource', {
      http: 'DELETE /tags/{resourceArn}',
      status: 204,
      input: v.object({ ...resource, tagKeys: v.optional(v.union([v.string(), v.array(v.string())]), []) }),
      handle({ resourceArn, tagKeys }, call) {
        const target = tagged(resourceArn, call);
        const removed = [tagKeys].flat();
        target.tags = Object.fromEntries(
          Object.entries(target.tags).filter(([key]) => isReserved(key) || !removed.includes(key)),
        );
      },
    }),
  ];
}
