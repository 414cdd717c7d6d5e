import { type PolicyDocument, type PolicyDocumentKind, validatePolicy } from '@cross-account-api/iam';
import { malformedPolicy } from './errors.ts';

/** A policy: its original text, and the parsed document for evaluation. */
export interface StoredPolicy {
  /** The JSON text; reads return it unchanged. */
  readonly text: string;
  readonly document: PolicyDocument;
}

/** Reads and validates a policy of a client (JSON text) or of CloudFormation (an object, or JSON text). */
export function storePolicy(source: string | object, kind: PolicyDocumentKind): StoredPolicy {
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  const [problem] = validatePolicy(text, kind);
  if (problem !== undefined) throw malformedPolicy(problem);
  return { text, document: JSON.parse(text) as PolicyDocument };
}

/** A policy's size: characters without white space (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). */
export function policySize(policy: StoredPolicy): number {
  return policy.text.replace(/\s/g, '').length;
}
