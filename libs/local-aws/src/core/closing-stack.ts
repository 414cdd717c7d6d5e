/** What has been opened, to be closed in reverse order: the part of `AsyncDisposableStack`, which Node 22 lacks, that is used. */
export class ClosingStack implements AsyncDisposable {
  #closers: (() => unknown)[] = [];

  defer(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Hands everything over to a new stack, so that this one closes nothing. */
  move(): ClosingStack {
    const moved = new ClosingStack();
    moved.#closers = this.#closers;
    this.#closers = [];
    return moved;
  }

  /** Closes everything, once. What cannot be closed does not keep the rest open. @throws the first error */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
