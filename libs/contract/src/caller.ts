import * as v from 'valibot';

/**
 * Who called, as API Gateway vouches for it (`requestContext.identity` of the proxy event), never as the body claims.
 *
 * `roleName` and `sessionName` are `null` for a caller that is no role session, such as an IAM user.
 */
export const callerSchema = v.object({
  /** The account of the credentials that signed: 12 digits. */
  accountId: v.pipe(v.string(), v.regex(/^\d{12}$/, 'an account ID has 12 digits')),
  /** The principal's ARN, e.g. `arn:aws:sts::111111111111:assumed-role/api-dev-invoke/caller`. */
  arn: v.pipe(v.string(), v.startsWith('arn:', 'an ARN starts with "arn:"')),
  /** The name of the role whose session signed. */
  roleName: v.nullable(v.string()),
  /** The name that was given to the session when the role was assumed. */
  sessionName: v.nullable(v.string()),
});

/** See {@link callerSchema}. */
export type Caller = v.InferOutput<typeof callerSchema>;
