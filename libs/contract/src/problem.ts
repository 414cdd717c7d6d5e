import * as v from 'valibot';

/** The media type of {@link problemSchema} (RFC 9457). */
export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/**
 * An error as the API writes it: a problem document (RFC 9457) with two extension members.
 * Members that are not listed are kept: the RFC lets a problem type add its own.
 * @example
 * { "type": "about:blank", "title": "Bad Request", "status": 400,
 *   "detail": "the body: expected a JSON object", "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef" }
 */
export const problemSchema = v.looseObject({
  /** A URI that names the kind of problem; `about:blank` means that the status says it all. */
  type: v.optional(v.string(), 'about:blank'),
  /** The kind of problem in a few words, the same for each occurrence. */
  title: v.string(),
  /** The HTTP status. */
  status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
  /** The cause of this occurrence, and its remedy. */
  detail: v.optional(v.string()),
  /** A URI that names this occurrence. */
  instance: v.optional(v.string()),
  /** API Gateway's request ID. */
  requestId: v.optional(v.string()),
  /** The parts of the request that were refused. */
  errors: v.optional(
    v.array(
      v.object({
        /** A dotted path into the body; empty for the body itself. */
        path: v.string(),
        /** The rule that it breaks. */
        message: v.string(),
      }),
    ),
  ),
});

/** See {@link problemSchema}. */
export type Problem = v.InferOutput<typeof problemSchema>;
