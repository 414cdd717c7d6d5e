import * as v from 'valibot';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import type { FunctionStore } from '../store.ts';
import { functionOperationsOf } from './operation.ts';

/**
 * The operations on the reserved concurrency of a function. What the account keeps unreserved is not checked.
 * Source: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html, and its neighbours
 */
export function concurrencyOperations(store: FunctionStore): readonly ServiceOperation[] {
  const functionOperation = functionOperationsOf(store);
  return [
    functionOperation('PutFunctionConcurrency', {
      http: 'PUT /2017-10-31/functions/{FunctionName}/concurrency',
      input: { ReservedConcurrentExecutions: v.pipe(v.number(), v.integer(), v.minValue(0)) },
      handle(reference, { ReservedConcurrentExecutions }) {
        store.get(reference).reservedConcurrency = ReservedConcurrentExecutions;
        return { ReservedConcurrentExecutions };
      },
    }),
    functionOperation('GetFunctionConcurrency', {
      http: 'GET /2019-09-30/functions/{FunctionName}/concurrency',
      input: {},
      handle: (reference) => ({ ReservedConcurrentExecutions: store.get(reference).reservedConcurrency }),
    }),
    functionOperation('DeleteFunctionConcurrency', {
      http: 'DELETE /2017-10-31/functions/{FunctionName}/concurrency',
      status: 204,
      input: {},
      handle(reference) {
        store.get(reference).reservedConcurrency = undefined;
      },
    }),
  ];
}
