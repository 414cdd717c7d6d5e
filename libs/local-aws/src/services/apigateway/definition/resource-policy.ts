import { type PolicyDocument, validatePolicy } from '@cross-account-api/iam';
import { expandResources } from '@cross-account-api/iam/explanation';
import { AwsError } from '../../../core/errors.ts';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { Scope } from '../../../core/scope.ts';
import { badRequest } from './errors.ts';

/**
 * The default of the quota "Maximum resource policy size in bytes" (L-8B81B02C). Spaces are not counted.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
const MAX_LENGTH = 8_192;

/**
 * Reads an API's resource policy, and expands `execute-api:/stage/METHOD/path` with the API's ARN, as API Gateway does.
 * @param policy a document, its JSON text, or `''` for none (the Serverless Framework sends that)
 * @returns the document to store: {@link PolicyPrincipals.bindPrincipals}
 */
export function readPolicy(
  policy: string | PolicyDocument | undefined,
  api: Scope & { readonly id: string },
  principals: PolicyPrincipals,
): PolicyDocument | undefined {
  if (policy === undefined || policy === '') return undefined;
  const [problem] = validatePolicy(policy, 'resource');
  if (problem !== undefined) throw invalidPolicy(problem);
  const document: PolicyDocument = typeof policy === 'string' ? JSON.parse(policy) : policy;
  const { length } = JSON.stringify(document);
  if (length > MAX_LENGTH) {
    // AWS does not document the message.
    throw invalidPolicy(
      `It has ${length} characters, and may have ${MAX_LENGTH} unless AWS raises the quota "Maximum resource policy size in bytes".`,
    );
  }
  const statements = [document.Statement].flat() as PolicyDocument[];
  const isComplete = (statement: object) => 'Resource' in statement || 'NotResource' in statement;
  if (statements.length === 0 || !statements.every(isComplete)) throw invalidPolicy();
  const apiArn = `arn:aws:execute-api:${api.region}:${api.accountId}:${api.id}`;
  try {
    return principals.bindPrincipals(expandResources({ ...document, Statement: statements }, apiArn));
  } catch (error) {
    throw error instanceof AwsError ? invalidPolicy(error.message) : error;
  }
}

function invalidPolicy(problem = ''): AwsError {
  const message =
    'Invalid policy document. Please check the policy syntax and ensure that Principals are valid.';
  return badRequest(`${message} ${problem}`.trimEnd());
}
