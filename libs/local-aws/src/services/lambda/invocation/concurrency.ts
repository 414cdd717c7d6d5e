import { AwsError } from '../../../core/errors.ts';
import type { FunctionStore, LambdaFunction } from '../store.ts';

/** Limits the invocations that run at once: by the account's limit and the functions' reserved concurrency. */
export class Concurrency {
  readonly #store: FunctionStore;
  readonly #limit: number;
  readonly #running: LambdaFunction[] = [];

  /** @param limit concurrent executions of an account in a region */
  constructor(store: FunctionStore, limit: number) {
    this.#store = store;
    this.#limit = limit;
  }

  /** Admits an invocation. @returns a function to call when it has ended */
  enter(invoked: LambdaFunction): () => void {
    const { reservedConcurrency: reserved } = invoked;
    if (reserved === undefined) {
      const used = this.#store
        .list(invoked)
        .reduce((sum, one) => sum + (one.reservedConcurrency ?? this.#runningOf(one)), 0);
      if (used >= this.#limit) throw throttled('ConcurrentInvocationLimitExceeded');
    } else if (this.#runningOf(invoked) >= reserved) {
      throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
    }
    this.#running.push(invoked);
    return () => this.#running.splice(this.#running.indexOf(invoked), 1);
  }

  #runningOf(invoked: LambdaFunction): number {
    return this.#running.filter((one) => one === invoked).length;
  }
}

function throttled(reason: string): AwsError {
  return new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, { Reason: reason });
}
