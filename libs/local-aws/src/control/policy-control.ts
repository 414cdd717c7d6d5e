import type { PolicyReader } from '@cross-account-api/iam';
import * as v from 'valibot';
import { describeIssue } from '../core/describe-issue.ts';
import { parseJson } from '../core/parse-json.ts';
import type { AwsRequest, AwsResponse } from '../core/request.ts';
import { controlAnswer, controlRefusal, isJson, refuseStranger } from './control-request.ts';

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

/** Which method of a {@link PolicyReader} to call, with what. */
export type PolicyQuestion = v.InferOutput<typeof schema>;

/** Makes the handler of {@link POLICIES_PATH}, past all authorization and without a trace; `undefined` for any other path. */
export function createPolicyControl(
  reader: PolicyReader,
  token: string,
): (request: AwsRequest) => Promise<AwsResponse> | AwsResponse | undefined {
  return (request) => {
    if (request.rawPath !== POLICIES_PATH) return undefined;
    const refusal = refuseStranger(request, token);
    if (refusal !== undefined) return refusal;
    if (request.method !== 'POST') {
      return controlRefusal(405, `${POLICIES_PATH} takes POST.`, { Allow: 'POST' });
    }
    if (!isJson(request)) return controlRefusal(415, 'Send the question as Content-Type: application/json.');
    const { success, output, issues } = v.safeParse(schema, parseJson(request.body.toString('utf8')));
    if (!success) return controlRefusal(400, `${issues.map((issue) => describeIssue(issue)).join('; ')}.`);
    return read(reader, output).then((facts) => controlAnswer(200, { facts }));
  };
}

function read(reader: PolicyReader, question: PolicyQuestion): Promise<unknown> {
  return question.read === 'api' ? reader.api(question.of) : reader[question.read](question.of);
}
