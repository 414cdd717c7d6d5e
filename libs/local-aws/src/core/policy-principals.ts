import type { PolicyDocument } from '@cross-account-api/iam';

/** Keeps principals of policies by unique ID, as AWS does: a later role or user of the same name is another one. */
export interface PolicyPrincipals {
  /** A document as it is stored. */
  bindPrincipals(document: PolicyDocument): PolicyDocument;
  /** A stored document as reads return it: unique IDs are ARNs again, while what they belong to exists. */
  showPrincipals(document: PolicyDocument): PolicyDocument;
}
