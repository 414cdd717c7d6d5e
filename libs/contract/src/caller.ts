import * as v from 'valibot';

/**
 * The caller, as API Gateway verified it (`requestContext.identity` of the proxy event). The body has no influence.
 *
 * `roleName` and `sessionName` are `null` for a caller without a role session, such as an IAM user.
 */
export const callerSchema = v.object({
  /**
   * The account of the credentials that signed: 12 digits. **It does not tell callers apart**: if they assume a role of the API's
   * account, as in access mode `assume-role`, it is the API's own account for each of them. `callerScope(arn)` of api-handler does.
   */
  accountId: v.pipe(v.string(), v.regex(/^\d{12}$/, 'an account ID has 12 digits')),
  /** The ARN of the principal that signed, e.g. `arn:aws:sts::111111111111:assumed-role/api-dev-invoke/caller`. */
  arn: v.pipe(v.string(), v.startsWith('arn:', 'an ARN starts with "arn:"')),
  /** The name of the role whose session signed. */
  roleName: v.nullable(v.string()),
  /** The name that was given to the session when the role was assumed. */
  sessionName: v.nullable(v.string()),
});

/** See {@link callerSchema}. */
export type Caller = v.InferOutput<typeof callerSchema>;
