import type { PolicyReader } from '@cross-account-api/iam/explanation';

/** Reads each fact once, for many questions at the same time. */
export function rememberingReader(reader: PolicyReader): PolicyReader {
  return {
    organization: remembering((accountId) => reader.organization(accountId)),
    role: remembering((arn) => reader.role(arn)),
    user: remembering((arn) => reader.user(arn)),
    functionPolicy: remembering((arn) => reader.functionPolicy(arn)),
    function: remembering((arn) => reader.function(arn)),
    api: remembering(
      (api) => reader.api(api),
      ({ accountId, region, apiId }) => `${accountId} ${region} ${apiId}`,
    ),
  };
}

function remembering<Question, Answer>(
  read: (question: Question) => Promise<Answer>,
  keyOf: (question: Question) => string = String,
): (question: Question) => Promise<Answer> {
  const known = new Map<string, Promise<Answer>>();
  return (question) => {
    const key = keyOf(question);
    const answer = known.get(key) ?? read(question);
    known.set(key, answer);
    return answer;
  };
}
