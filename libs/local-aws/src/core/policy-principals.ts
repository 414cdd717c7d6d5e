import type { PolicyDocument } from '@cross-account-api/iam';

/** Keeps principals of policies by unique ID, as AWS does: a later role or user of the same name is another one. */
export interface PolicyPrincipals {
  /** The document to store. */
  bindPrincipals(document: PolicyDocument): PolicyDocument;
  /** A stored document as reads return it. A unique ID is an ARN again, while its role or user exists. */
  showPrincipals(document: PolicyDocument): PolicyDocument;
}
