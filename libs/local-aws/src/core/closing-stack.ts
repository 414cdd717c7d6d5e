import { errorMessage } from './errors.ts';

/** Closes resources in reverse order. Replaces `AsyncDisposableStack`, which Node 22 lacks. */
export class ClosingStack implements AsyncDisposable {
  #closers: (() => unknown)[] = [];

  defer(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Moves everything to a new stack. This one then closes nothing. */
  move(): ClosingStack {
    const moved = new ClosingStack();
    moved.#closers = this.#closers;
    this.#closers = [];
    return moved;
  }

  /** Closes everything once, even if one of them fails. @throws the error, or an AggregateError whose message has all of them */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) {
      const error = new AggregateError(errors, errors.map(errorMessage).join('\n'));
      // It is shown without its stack.
      throw Object.assign(error, { code: 'NotClosed' });
    }
  }
}
