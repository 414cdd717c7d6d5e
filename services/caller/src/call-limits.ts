/**
 * The limits of a call to the API, as options of `signedFetch`. `npm run check` compares them with the time-outs of the
 * functions in both serverless.yml.
 */
export const callLimits = {
  /** How long an attempt may take: longer than the API's functions, shorter than this function. */
  timeoutMs: 10_000,
  /** What is left of this function's time for its own error, when the API does not answer. */
  marginMs: 500,
  /** More than API Gateway lets through. */
  maxResponseBytes: 11 * 2 ** 20,
};
