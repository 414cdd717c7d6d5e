import * as v from 'valibot';

const environmentSchema = v.pipe(
  v.object({
    /** The API's URL: with its stage, or that of a custom domain. */
    API_URL: v.pipe(v.string(), v.url()),
    /** The API's region, for which requests are signed. The name of a custom domain does not tell it. */
    API_REGION: v.pipe(v.string(), v.nonEmpty()),
    /** The role in account A. Absent if the API admits the function's own role. */
    INVOKE_ROLE_ARN: v.optional(v.pipe(v.string(), v.startsWith('arn:'))),
    /** The external ID that the role's trust policy expects. */
    EXTERNAL_ID: v.optional(v.string()),
  }),
  v.forward(
    v.check(
      ({ INVOKE_ROLE_ARN, EXTERNAL_ID }) => (INVOKE_ROLE_ARN === undefined) === (EXTERNAL_ID === undefined),
      'must be set together with EXTERNAL_ID, or neither',
    ),
    ['INVOKE_ROLE_ARN'],
  ),
);

/**
 * Reads the function's environment variables.
 * @throws Error that names the missing or wrong variable
 */
export function readEnvironment(environment: NodeJS.ProcessEnv): v.InferOutput<typeof environmentSchema> {
  const result = v.safeParse(environmentSchema, environment);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
  throw new Error(
    `The function's environment variables are not as serverless.yml sets them. ${problems.join('; ')}`,
  );
}
