import * as v from 'valibot';
import type { Scope } from '../../../core/scope.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { badRequest } from '../definition/errors.ts';
import { addedTags, remainingTags } from '../definition/tags.ts';
import { type ApiStore, stageOf } from '../store.ts';
import { operationsOn } from './operation.ts';

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
        target.tags = addedTags(target.tags, tags);
      },
    }),
    operation('UntagResource', {
      http: 'DELETE /tags/{resourceArn}',
      status: 204,
      input: v.object({ ...resource, tagKeys: v.optional(v.union([v.string(), v.array(v.string())]), []) }),
      handle({ resourceArn, tagKeys }, call) {
        const target = tagged(resourceArn, call);
        target.tags = remainingTags(target.tags, [tagKeys].flat());
      },
    }),
  ];
}
