/** Work that goes on after its request was answered. */
export class Jobs {
  readonly #running = new Set<Promise<void>>();

  /**
   * Starts work in the background, after the present turn of the event loop: the request that asked for it is answered
   * first. `work` has to handle its own errors.
   * @returns settles when the work is done
   */
  start(work: () => Promise<void>): Promise<void> {
    const job = new Promise<void>((resolve) => setImmediate(resolve)).then(work);
    this.#running.add(job);
    const done = () => this.#running.delete(job);
    job.then(done, done);
    return job;
  }

  /** Resolves when no work is left, that which was started meanwhile included. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}
