import { AwsError } from '../../../core/errors.ts';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { PolicyDocument } from '../../../core/principal.ts';
import { badRequest } from '../store.ts';

/** Says what is wrong with a resource policy's document; `undefined` if nothing is. */
export type PolicyCheck = (document: PolicyDocument) => string | undefined;

/** How resource policies are checked and kept. */
export interface PolicyRules extends PolicyPrincipals {
  readonly check: PolicyCheck;
}

/**
 * Reads an API's resource policy and expands the shorthand `execute-api:/stage/METHOD/path` with the API's own ARN, as
 * API Gateway does when it stores the policy.
 * @param policy a document, its JSON text, or `''` for none (the Serverless Framework sends that)
 * @param api where the API is, and its ID
 * @returns the document as it is stored: {@link PolicyPrincipals.bindPrincipals}
 * @throws AwsError `BadRequestException` with API Gateway's message
 */
export function readPolicy(
  policy: unknown,
  api: { readonly id: string; readonly accountId: string; readonly region: string },
  rules: PolicyRules,
): PolicyDocument | undefined {
  if (policy === undefined || policy === null || policy === '') return undefined;
  const document = typeof policy === 'string' ? parse(policy) : policy;
  if (!isDocument(document)) throw invalidPolicy();
  const statements: unknown[] = [document.Statement].flat();
  if (statements.length === 0 || !statements.every(isStatement)) throw invalidPolicy();
  const apiArn = `arn:aws:execute-api:${api.region}:${api.accountId}:${api.id}`;
  const expanded = { ...document, Statement: statements.map((statement) => expand(statement, apiArn)) };
  const problem = rules.check(expanded);
  if (problem !== undefined) throw invalidPolicy(problem);
  try {
    return rules.bindPrincipals(expanded);
  } catch (error) {
    throw error instanceof AwsError ? invalidPolicy(error.message) : error;
  }
}

function invalidPolicy(problem?: string): AwsError {
  const message =
    'Invalid policy document. Please check the policy syntax and ensure that Principals are valid.';
  return badRequest(problem === undefined ? message : `${message} ${problem}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidPolicy();
  }
}

function isDocument(value: unknown): value is PolicyDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStatement(statement: unknown): statement is PolicyDocument {
  return (
    isDocument(statement) &&
    (statement.Effect === 'Allow' || statement.Effect === 'Deny') &&
    ('Principal' in statement || 'NotPrincipal' in statement) &&
    ('Action' in statement || 'NotAction' in statement) &&
    ('Resource' in statement || 'NotResource' in statement)
  );
}

function expand(statement: PolicyDocument, apiArn: string): PolicyDocument {
  const entries = Object.entries(statement).map(([element, value]: [string, unknown]) => {
    if (element !== 'Resource' && element !== 'NotResource') return [element, value];
    return [
      element,
      Array.isArray(value)
        ? value.map((each) => expandResource(each, apiArn))
        : expandResource(value, apiArn),
    ];
  });
  return Object.fromEntries(entries);
}

function expandResource(resource: unknown, apiArn: string): unknown {
  if (typeof resource !== 'string' || !resource.startsWith('execute-api:/')) return resource;
  return `${apiArn}${resource.slice('execute-api:'.length)}`;
}
