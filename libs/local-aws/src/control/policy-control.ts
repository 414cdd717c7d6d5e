import type { PolicyReader } from '@cross-account-api/iam/explanation';
import * as v from 'valibot';
import { describeIssue } from '../core/describe-issue.ts';
import { parseJson } from '../core/parse-json.ts';
import { controlAnswer, controlHandler, controlRefusal } from './control-request.ts';

/** The path at which programs read the policies that are deployed (POST, a {@link PolicyQuestion} as JSON). */
export const POLICIES_PATH = '/_local-aws/policies';

const text = v.pipe(v.string(), v.maxLength(2_048));
const schema = v.variant('read', [
  v.strictObject({
    read: v.picklist(['organization', 'role', 'user', 'functionPolicy', 'function']),
    of: text,
  }),
  v.strictObject({
    read: v.literal('api'),
    of: v.strictObject({ accountId: text, region: text, apiId: text }),
  }),
]);

/** The method of a {@link PolicyReader} to call, and its argument. */
export type PolicyQuestion = v.InferOutput<typeof schema>;

/** Makes the handler of {@link POLICIES_PATH}, without authorization or trace. @param token the control token, for each request */
export function createPolicyControl(reader: PolicyReader, token: string) {
  return controlHandler(POLICIES_PATH, token, {
    async POST({ body }) {
      const { success, output, issues } = v.safeParse(schema, parseJson(body.toString('utf8')));
      if (!success) return controlRefusal(400, `${issues.map((issue) => describeIssue(issue)).join('; ')}.`);
      const facts = output.read === 'api' ? reader.api(output.of) : reader[output.read](output.of);
      return controlAnswer(200, { facts: await facts });
    },
  });
}
