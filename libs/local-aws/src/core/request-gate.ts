/** Counts the requests in flight, so that all of them can end before something replaces what they use. */
export class RequestGate {
  #inFlight = 0;
  #state: 'open' | 'draining' | 'shut' = 'open';
  /** Waits for the last request in flight. */
  #drained = Promise.withResolvers<void>();
  /** Settles when the gate opens again. */
  #opened = Promise.resolve();

  /**
   * Handles a request. While others end, it waits, unless one of them caused it.
   * @param isCaused whether a request in flight, or the function that it invoked, made this request
   * @returns the result; `undefined` if what has caused it no longer exists, so the request must be dropped
   */
  async pass<Result>(isCaused: () => boolean, handle: () => Promise<Result>): Promise<Result | undefined> {
    while (this.#state !== 'open') {
      if (isCaused()) {
        if (this.#state === 'draining') break;
        return undefined;
      }
      await this.#opened;
    }
    this.#inFlight += 1;
    try {
      return await handle();
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#drained.resolve();
    }
  }

  /** Waits until all requests in flight have ended, with all that they cause, and runs the work while all others wait. */
  async alone(work: () => Promise<void>): Promise<void> {
    while (this.#state !== 'open') await this.#opened;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#opened = promise;
    this.#state = 'draining';
    try {
      while (this.#inFlight > 0) {
        this.#drained = Promise.withResolvers();
        await this.#drained.promise;
      }
      this.#state = 'shut';
      await work();
    } finally {
      this.#state = 'open';
      resolve();
    }
  }
}
