import { AwsError } from '../../../core/errors.ts';
import type { FunctionStore, LambdaFunction } from '../store.ts';

/** Limits the invocations that run at once: by the account's limit and the functions' reserved concurrency. */
export class Concurrency {
  readonly #store: FunctionStore;
  readonly #limit: number;
  readonly #running = new Map<LambdaFunction, number>();

  /** @param limit concurrent executions of an account in a region */
  constructor(store: FunctionStore, limit: number) {
    this.#store = store;
    this.#limit = limit;
  }

  /**
   * Admits an invocation.
   * @returns a function to call when it has ended
   * @throws AwsError `TooManyRequestsException` if the limit is reached
   */
  enter(invoked: LambdaFunction): () => void {
    const running = this.#running.get(invoked) ?? 0;
    const reserved = invoked.reservedConcurrency;
    if (reserved === undefined) {
      if (this.#unreserved(invoked) <= 0) throw throttled('ConcurrentInvocationLimitExceeded');
    } else if (running >= reserved) {
      throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
    }
    this.#running.set(invoked, running + 1);
    return () => {
      const left = (this.#running.get(invoked) ?? 1) - 1;
      if (left === 0) this.#running.delete(invoked);
      else this.#running.set(invoked, left);
    };
  }

  /** What is left of the account's limit for functions without a reservation. */
  #unreserved(invoked: LambdaFunction): number {
    let left = this.#limit;
    for (const other of this.#store.list(invoked)) {
      left -= other.reservedConcurrency ?? this.#running.get(other) ?? 0;
    }
    return left;
  }
}

function throttled(reason: string): AwsError {
  return new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, { Reason: reason });
}
