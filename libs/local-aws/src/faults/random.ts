/**
 * One step of mulberry32, a random number generator with 32 bits of state. Unlike `Math.random()`, it gives the same numbers
 * for the same seed on every machine and version. It is not for cryptography.
 * Source: https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32 (public domain)
 * @param state an unsigned 32-bit integer
 * @returns a number in [0, 1), and the state for the next one
 */
export function draw(state: number): { readonly value: number; readonly next: number } {
  const next = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(next ^ (next >>> 15), next | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return { value: ((t ^ (t >>> 14)) >>> 0) / 2 ** 32, next };
}

/** The first state of a stream of a seed. Each rule has its own, so that rules do not change each other's numbers. */
export function streamState(seed: number, stream: number): number {
  // The bits of the golden ratio spread neighbouring streams; one draw mixes them.
  const state = (seed + Math.imul(stream + 1, 0x9e3779b9)) >>> 0;
  return Math.floor(draw(state).value * 2 ** 32);
}
