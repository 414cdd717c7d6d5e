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
  /** The organization of an account; `undefined` if it is in none. */
  organizationOf(accountId: string): MaybePromise<OrganizationMembership | undefined>;
  /** A resource-based policy with the ARNs of those whose unique IDs it is stored with. */
  showPrincipals?(document: PolicyDocument): PolicyDocument;
}

/** What an account's organization means for it. The management account obeys no policy of the organization. */
export interface OrganizationMembership
  extends Pick<ApplicablePolicies, 'serviceControl' | 'resourceControl'> {
  /** e.g. `o-a1b2c3d4e5`: becomes `aws:PrincipalOrgID`, `aws:ResourceOrgID` and `aws:SourceOrgID`. */
  readonly organizationId: string;
}

/** The policies that count for one question. */
export interface ApplicablePolicies {
  readonly identity: readonly NamedPolicy[];
  readonly boundary: NamedPolicy | undefined;
  /** Service control policies of the principal's account, level by level. Each level must allow. None: no restriction. */
  readonly serviceControl: readonly (readonly NamedPolicy[])[];
  /**
   * Resource control policies of the resource's account, of all levels. They only deny: `RCPFullAWSAccess`, which allows
   * everything, is attached to each level and cannot be detached.
   */
  readonly resourceControl: readonly NamedPolicy[];
}
