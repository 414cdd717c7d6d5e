import { AwsError } from '../../../core/errors.ts';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { PolicyDocument } from '../../../core/principal.ts';

const INVALID =
  'Invalid policy document. Please check the policy syntax and ensure that Principals are valid.';

/** Says what is wrong with a resource policy's document; `undefined` where nothing is. */
export type PolicyCheck = (document: PolicyDocument) => string | undefined;

/** How resource policies are checked and kept. */
export interface PolicyRules extends PolicyPrincipals {
  readonly check: PolicyCheck;
}

/**
 * Reads an API's resource policy and expands the shorthand `execute-api:/stage/METHOD/path` with the API's own ARN, as
 * API Gateway does when it stores the policy.
 * @param policy a document, its JSON text, or `''` for none (the Serverless Framework sends that)
 * @param apiArn `arn:aws:execute-api:<region>:<account>:<apiId>`
 * @returns the document as it is stored: {@link PolicyPrincipals.bindPrincipals}
 * @throws AwsError `BadRequestException` with API Gateway's message
 */
export function readPolicy(policy: unknown, apiArn: string, rules: PolicyRules): PolicyDocument | undefined {
  if (policy === undefined || policy === null || policy === '') return undefined;
  const document = typeof policy === 'string' ? parse(policy) : policy;
  if (!isDocument(document)) throw new AwsError('BadRequestException', INVALID);
  const statements = [document.Statement].flat();
  if (statements.length === 0) throw new AwsError('BadRequestException', INVALID);
  for (const statement of statements) assertStatement(statement);
  const expanded: PolicyDocument = {
    ...document,
    Statement: statements.map((statement) => expandStatement(statement as PolicyDocument, apiArn)),
  };
  const problem = rules.check(expanded);
  if (problem !== undefined) throw new AwsError('BadRequestException', `${INVALID} ${problem}`);
  try {
    return rules.bindPrincipals(expanded);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError('BadRequestException', `${INVALID} ${error.message}`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError('BadRequestException', INVALID);
  }
}

function isDocument(value: unknown): value is PolicyDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function assertStatement(statement: unknown): void {
  const valid =
    isDocument(statement) &&
    (statement.Effect === 'Allow' || statement.Effect === 'Deny') &&
    ('Principal' in statement || 'NotPrincipal' in statement) &&
    ('Action' in statement || 'NotAction' in statement) &&
    ('Resource' in statement || 'NotResource' in statement);
  if (!valid) throw new AwsError('BadRequestException', INVALID);
}

function expandStatement(statement: PolicyDocument, apiArn: string): PolicyDocument {
  const expanded: Record<string, unknown> = { ...statement };
  for (const element of ['Resource', 'NotResource']) {
    const value = expanded[element];
    if (value !== undefined) {
      expanded[element] = Array.isArray(value)
        ? value.map((entry) => expandResource(entry, apiArn))
        : expandResource(value, apiArn);
    }
  }
  return expanded;
}

function expandResource(resource: unknown, apiArn: string): unknown {
  if (typeof resource !== 'string' || !resource.startsWith('execute-api:/')) return resource;
  return `${apiArn}${resource.slice('execute-api:'.length)}`;
}
