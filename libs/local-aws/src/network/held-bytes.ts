/** Counts the bytes of all bodies that are held at one time. */
export interface HeldBytes {
  /** @returns whether there is room for so many more; they then count until they are released. */
  take(bytes: number): boolean;
  release(bytes: number): void;
}

/** @param limit how many bytes may be held at one time */
export function countHeldBytes(limit: number): HeldBytes {
  let held = 0;
  return {
    take(bytes) {
      if (held + bytes > limit) return false;
      held += bytes;
      return true;
    },
    release(bytes) {
      held -= bytes;
    },
  };
}
