import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { tagKey, tagValue } from '../../../protocols/shapes.ts';
import type { FunctionStore } from '../store.ts';
import { functionOperationsOf } from './operation.ts';

/** The operations on the tags of functions. */
export function tagOperations(store: FunctionStore): readonly Operation[] {
  const functionOperation = functionOperationsOf(store);
  return [
    functionOperation('ListTags', {
      http: 'GET /2017-03-31/tags/{Resource}',
      nameIn: 'Resource',
      input: {},
      handle: (reference) => ({ Tags: Object.fromEntries(store.get(reference).tags) }),
    }),
    functionOperation('TagResource', {
      http: 'POST /2017-03-31/tags/{Resource}',
      status: 204,
      nameIn: 'Resource',
      input: { Tags: v.record(tagKey, tagValue) },
      handle(reference, { Tags }) {
        const { tags } = store.get(reference);
        for (const [key, value] of Object.entries(Tags)) tags.set(key, value);
      },
    }),
    functionOperation('UntagResource', {
      http: 'DELETE /2017-03-31/tags/{Resource}',
      status: 204,
      nameIn: 'Resource',
      input: { tagKeys: v.union([v.string(), v.array(v.string())]) },
      handle(reference, { tagKeys }) {
        const { tags } = store.get(reference);
        for (const key of [tagKeys].flat()) tags.delete(key);
      },
    }),
  ];
}
