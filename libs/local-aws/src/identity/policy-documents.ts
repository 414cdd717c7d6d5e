import { type PolicyDocument, type PolicyDocumentKind, validatePolicy } from '@cross-account-api/iam';
import { malformedPolicy } from './errors.ts';

/** A policy as it was given and as it is evaluated. */
export interface StoredPolicy {
  /** The JSON text; reads return it as it was written. */
  readonly text: string;
  readonly document: PolicyDocument;
}

/** Takes a policy as a client (JSON text) or CloudFormation (an object, or JSON text) gives it. */
export function storePolicy(source: string | object, kind: PolicyDocumentKind): StoredPolicy {
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  const [problem] = validatePolicy(text, kind);
  if (problem !== undefined) throw malformedPolicy(problem);
  return { text, document: JSON.parse(text) as PolicyDocument };
}

/** What IAM's quotas count: characters without white space (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). */
export function policySize(policy: StoredPolicy): number {
  return policy.text.replace(/\s/g, '').length;
}
