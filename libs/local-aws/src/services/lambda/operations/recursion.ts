import * as v from 'valibot';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import type { FunctionStore } from '../store.ts';
import { functionOperationsOf } from './operation.ts';

/** The member `RecursiveLoop` of requests and templates. */
export const recursiveLoop = v.picklist(['Allow', 'Terminate']);

const RECURSION_CONFIG = '/2024-08-31/functions/{FunctionName}/recursion-config';

/** The operations on the detection of loops. */
export function recursionOperations(store: FunctionStore): readonly ServiceOperation[] {
  const functionOperation = functionOperationsOf(store);
  return [
    functionOperation('PutFunctionRecursionConfig', {
      http: `PUT ${RECURSION_CONFIG}`,
      input: { RecursiveLoop: recursiveLoop },
      handle(reference, { RecursiveLoop }) {
        store.get(reference).recursiveLoop = RecursiveLoop;
        return { RecursiveLoop };
      },
    }),
    functionOperation('GetFunctionRecursionConfig', {
      http: `GET ${RECURSION_CONFIG}`,
      input: {},
      handle: (reference) => ({ RecursiveLoop: store.get(reference).recursiveLoop }),
    }),
  ];
}
