import { malformedPolicy } from './errors.ts';
import type { PolicyDocument } from './principal.ts';

/** A policy as it was given and as it is evaluated. */
export interface StoredPolicy {
  /** The JSON text; reads return it as it was written. */
  readonly text: string;
  readonly document: PolicyDocument;
}

/** What a policy is for: decides which elements it may have. */
export type PolicyUse = 'identity' | 'trust' | 'session';

/**
 * Checks a policy against the policy language.
 * @returns AWS's message for an invalid one, `undefined` for a valid one
 */
export type PolicyValidator = (document: PolicyDocument, use: PolicyUse) => string | undefined;

/**
 * Takes a policy as a client (JSON text) or CloudFormation (an object, or JSON text) gives it.
 * @throws AwsError `MalformedPolicyDocument`, with the validator's message
 */
export function storePolicy(
  source: string | object,
  use: PolicyUse,
  validate: PolicyValidator,
): StoredPolicy {
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  const document = parseObject(text);
  if (document === undefined) {
    throw malformedPolicy(
      use === 'identity' ? 'Syntax errors in policy.' : 'This policy contains invalid Json',
    );
  }
  const fault = validate(document, use);
  if (fault !== undefined) throw malformedPolicy(fault);
  return { text, document };
}

function parseObject(text: string): PolicyDocument | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as PolicyDocument) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The size that IAM's quotas count: characters without white space
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
 */
export function policySize(policy: StoredPolicy): number {
  return policy.text.replace(/\s/g, '').length;
}
