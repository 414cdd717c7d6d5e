import type { NamedPolicy, PolicyDocument, Principal } from '../core/principal.ts';

type MaybePromise<T> = T | Promise<T>;

/**
 * Where the authorizer finds the policies that are deployed now. It asks anew for every decision.
 *
 * A document is an immutable value: what was read from it is kept for as long as the document lives, so a changed policy must
 * come as a new object.
 */
export interface PolicySource {
  /** Inline and managed policies of the user or of the session's role; none for a root user, or where the role is gone. */
  identityPolicies(principal: Principal): MaybePromise<readonly NamedPolicy[]>;
  /** The permissions boundary of the user or of the session's role. */
  permissionsBoundary(principal: Principal): MaybePromise<NamedPolicy | undefined>;
  /**
   * Service control policies that hold in an account, one list for each level from the organization's root down to the account.
   * No levels: the account is in no organization, or is its management account.
   */
  serviceControlPolicies(accountId: string): MaybePromise<readonly (readonly NamedPolicy[])[]>;
  /** The organization that an account is in, e.g. `o-a1b2c3d4e5`: becomes `aws:PrincipalOrgID` and `aws:ResourceOrgID`. */
  organizationId?(accountId: string): MaybePromise<string | undefined>;
  /** A resource-based policy with the ARNs of those whose unique IDs it is stored with. */
  showPrincipals?(document: PolicyDocument): PolicyDocument;
}

/** The policies that count for one question. */
export interface ApplicablePolicies {
  readonly identity: readonly NamedPolicy[];
  readonly boundary: NamedPolicy | undefined;
  readonly serviceControl: readonly (readonly NamedPolicy[])[];
}
