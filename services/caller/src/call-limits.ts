/**
 * The limits of a call to the API, as options of `signedFetch`. `npm run check` compares them with the time-outs of the
 * functions in both serverless.yml.
 */
export const callLimits = {
  /** The time-out of an attempt: longer than the API's functions, shorter than this function. */
  timeoutMs: 10_000,
  /** The time that is left for this function's own error if the API does not answer. */
  marginMs: 500,
  /** More than API Gateway lets through. */
  maxResponseBytes: 11 * 2 ** 20,
};
