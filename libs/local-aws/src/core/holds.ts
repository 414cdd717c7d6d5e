/** Between two looks at a timer whose time stands still, in milliseconds. */
const LOOK_MS = 50;

/**
 * The time for which functions are held by a debugger. While one is held, others wait for it: so this time counts for no time-out.
 * Nothing is held unless somebody debugs.
 */
export class Holds {
  readonly #listeners = new Set<(isHeld: boolean) => void>();
  /** The holds that have begun and not ended. */
  #running = 0;
  #since = 0;
  #pastMs = 0;

  get isHeld(): boolean {
    return this.#running > 0;
  }

  /** All of the time for which something was held, so far. */
  get heldMs(): number {
    return this.#pastMs + (this.isHeld ? performance.now() - this.#since : 0);
  }

  /** Begins a hold. @returns a function that ends it. Further calls of it do nothing */
  begin(): () => void {
    this.#running += 1;
    if (this.#running === 1) {
      this.#since = performance.now();
      this.#tell();
    }
    let hasEnded = false;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      if (this.#running === 1) this.#pastMs = this.heldMs;
      this.#running -= 1;
      if (this.#running === 0) this.#tell();
    };
  }

  /** Calls `listener` when the first hold begins and when the last one ends. @returns a function that ends this */
  subscribe(listener: (isHeld: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** As `setTimeout`, without the time of holds. @returns a function that cancels the timer */
  setTimeout(callback: () => void, ms: number): () => void {
    const startedAt = performance.now();
    const heldBefore = this.heldMs;
    const look = () => {
      const heldMs = this.heldMs - heldBefore;
      if (heldMs === 0) return callback();
      const leftMs = ms - (performance.now() - startedAt - heldMs);
      if (leftMs < 1 && !this.isHeld) return callback();
      timer = setTimeout(look, Math.max(leftMs, LOOK_MS));
    };
    let timer = setTimeout(look, ms);
    return () => clearTimeout(timer);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.isHeld);
  }
}
