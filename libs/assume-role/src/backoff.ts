/**
 * How long to wait after the n-th failure: a random time up to a bound that doubles ("full jitter").
 * @param failures how many there were, from 1
 * @param random a number in [0, 1)
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelay(failures: number, random: number): number {
  return random * Math.min(2_000, 100 * 2 ** (failures - 1));
}

/**
 * How long to leave STS alone, while the old credentials still serve, after n refreshes in a row came to nothing. The
 * first is tried again at once: it may just have been frozen. Then 1 s, 2 s, 4 s and so on, up to 30 s.
 */
export function refreshPause(failures: number): number {
  return failures <= 1 ? 0 : Math.min(30_000, 1_000 * 2 ** (failures - 2));
}
