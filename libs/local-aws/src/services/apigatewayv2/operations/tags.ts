import * as v from 'valibot';
import type { Scope } from '../../../core/scope.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { badRequest } from '../../apigateway/definition/errors.ts';
import { addedTags, remainingTags } from '../../apigateway/definition/tags.ts';
import { operationsOn } from '../../apigateway/operations/operation.ts';
import { type HttpApiStore, stageOf } from '../store.ts';

const TAGS = '/v2/tags/{ResourceArn}';
const resource = { ResourceArn: v.string() };

/** The operations on the tags of APIs and stages. */
export function tagOperations(store: HttpApiStore): readonly Operation[] {
  const operation = operationsOn(store);
  const tagged = (arn: string, scope: Scope) => {
    const [, region, apiId = '', stageName] =
      /^arn:[\w-]+:apigateway:([\w-]+)::\/apis\/(\w+)(?:\/stages\/([$\w-]+))?$/.exec(arn) ?? [];
    if (region !== scope.region) throw badRequest(`Invalid resource ARN: ${arn}`);
    const api = store.api(scope, apiId);
    return stageName === undefined ? api : stageOf(api, stageName);
  };
  return [
    operation('GetTags', {
      http: `GET ${TAGS}`,
      input: v.object(resource),
      handle: ({ ResourceArn }, call) => ({ tags: tagged(ResourceArn, call).tags }),
    }),
    operation('TagResource', {
      http: `POST ${TAGS}`,
      status: 201,
      input: v.object({ ...resource, tags: v.optional(v.record(v.string(), v.string()), {}) }),
      handle({ ResourceArn, tags }, call) {
        const target = tagged(ResourceArn, call);
        target.tags = addedTags(target.tags, tags);
        return {};
      },
    }),
    operation('UntagResource', {
      http: `DELETE ${TAGS}`,
      status: 204,
      input: v.object({ ...resource, tagKeys: v.optional(v.union([v.string(), v.array(v.string())]), []) }),
      handle({ ResourceArn, tagKeys }, call) {
        const target = tagged(ResourceArn, call);
        target.tags = remainingTags(target.tags, [tagKeys].flat());
      },
    }),
  ];
}
