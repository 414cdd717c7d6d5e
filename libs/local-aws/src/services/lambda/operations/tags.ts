import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import { resourceTagContext } from '../../../core/resource-tag-context.ts';
import type { OperationCaller, Permission, ServiceOperation } from '../../../protocols/operation.ts';
import { tagKey, tagList, tagValue } from '../../../protocols/shapes.ts';
import { invalid, validation } from '../functions/errors.ts';
import { functionArn, parseFunctionArn } from '../functions/function-name.ts';
import { checkTagCount } from '../functions/tag-count.ts';
import type { FunctionStore } from '../store.ts';
import { operation } from './operation.ts';

const TAGS = '/2017-03-31/tags/{Resource}';

/** AWS's model: the ARNs of what can have tags. */
const RESOURCE =
  /arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)/;

/**
 * The operations on the tags of functions. Their answers are as LocalStack's tests recorded them on AWS (`TestLambdaTags`,
 * https://github.com/localstack/localstack).
 */
export function tagOperations(store: FunctionStore): readonly ServiceOperation[] {
  const permission = (resource: string, caller: OperationCaller): Permission => {
    const reference = referenceOf(resource);
    return {
      resource: functionArn(reference),
      resourceAccountId: caller.accountId,
      context: resourceTagContext(store.find(reference)?.tags),
    };
  };
  const tagged = (resource: string) => {
    const reference = referenceOf(resource);
    if (reference.qualifier !== undefined) {
      throw invalid(
        'Tags on function aliases and versions are not supported. Please specify a function ARN.',
      );
    }
    return store.get(reference);
  };
  return [
    operation('ListTags', {
      http: `GET ${TAGS}`,
      input: v.object({ Resource: v.string() }),
      requires: ({ Resource }, caller) => permission(Resource, caller),
      handle: ({ Resource }) => ({ Tags: tagged(Resource).tags }),
    }),
    operation('TagResource', {
      http: `POST ${TAGS}`,
      status: 204,
      input: v.object({ Resource: v.string(), Tags: v.record(tagKey, tagValue) }),
      requires({ Resource, Tags }, caller) {
        const { context, ...own } = permission(Resource, caller);
        return { ...own, context: { ...context, ...requestTagKeys(tagList(Tags)) } };
      },
      handle({ Resource, Tags }) {
        const target = tagged(Resource);
        if (Object.keys(Tags).length === 0) {
          throw invalid('An error occurred and the request cannot be processed.');
        }
        const tags = { ...target.tags, ...Tags };
        checkTagCount(tags);
        target.tags = tags;
      },
    }),
    operation('UntagResource', {
      http: `DELETE ${TAGS}`,
      status: 204,
      input: v.object({
        Resource: v.string(),
        tagKeys: v.optional(v.union([v.string(), v.array(v.string())]), []),
      }),
      requires({ Resource, tagKeys }, caller) {
        const { context, ...own } = permission(Resource, caller);
        return { ...own, context: { ...context, 'aws:TagKeys': [tagKeys].flat() } };
      },
      handle({ Resource, tagKeys }) {
        const removed = [tagKeys].flat();
        if (removed.length === 0) {
          throw validation(
            "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
          );
        }
        const target = tagged(Resource);
        target.tags = Object.fromEntries(
          Object.entries(target.tags).filter(([key]) => !removed.includes(key)),
        );
      },
    }),
  ];
}

function referenceOf(resource: string) {
  if (RESOURCE.exec(resource)?.[0] !== resource) {
    throw validation(
      `1 validation error detected: Value '${resource.slice(0, 200)}' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: ${RESOURCE.source}`,
    );
  }
  if (!resource.includes(':function:')) throw invalid(`local AWS has only functions, not ${resource}.`);
  return parseFunctionArn(resource);
}
