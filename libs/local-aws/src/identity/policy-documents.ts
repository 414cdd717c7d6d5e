import type { PolicyDocument } from '../core/principal.ts';
import { malformedPolicy } from './errors.ts';

/** A policy as it was given and as it is evaluated. */
export interface StoredPolicy {
  /** The JSON text; reads return it as it was written. */
  readonly text: string;
  readonly document: PolicyDocument;
}

/** What a policy is for: decides which elements it may have. */
export type PolicyUse = 'identity' | 'trust' | 'session' | 'service control';

/**
 * Checks a policy, as JSON text or as parsed, against the policy language.
 * @returns AWS's messages for an invalid one, the first one first; none for a valid one
 */
export type PolicyValidator = (document: string | object, use: PolicyUse) => readonly string[];

/**
 * Takes a policy as a client (JSON text) or CloudFormation (an object, or JSON text) gives it.
 * @throws AwsError `MalformedPolicyDocument`, with the validator's first message
 */
export function storePolicy(
  source: string | object,
  use: PolicyUse,
  validate: PolicyValidator,
): StoredPolicy {
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  const [fault] = validate(text, use);
  if (fault !== undefined) throw malformedPolicy(fault);
  return { text, document: JSON.parse(text) as PolicyDocument };
}

/**
 * The size that IAM's quotas count: characters without white space
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
 */
export function policySize(policy: StoredPolicy): number {
  return policy.text.replace(/\s/g, '').length;
}
