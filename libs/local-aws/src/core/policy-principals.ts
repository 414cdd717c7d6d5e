import type { PolicyDocument } from './principal.ts';

/**
 * Keeps the principals of resource-based policies as AWS does: by unique ID, so that the policy does not apply to a later role
 * or user of the same name.
 */
export interface PolicyPrincipals {
  /** A document as it is stored. */
  bindPrincipals(document: PolicyDocument): PolicyDocument;
  /** A stored document as reads return it: unique IDs are ARNs again, while what they belong to exists. */
  showPrincipals(document: PolicyDocument): PolicyDocument;
}
