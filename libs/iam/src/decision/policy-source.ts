import type { NamedPolicy, PolicyDocument, Principal } from '../principal.ts';

type MaybePromise<T> = T | Promise<T>;

/**
 * The source of the authorizer's policies, asked for each decision. It parses each document once: a changed policy is a new object.
 */
export interface PolicySource {
  /** Inline and managed policies of the user or of the session's role; empty for a root user, or if the role no longer exists. */
  identityPolicies(principal: Principal): MaybePromise<readonly NamedPolicy[]>;
  /** The permissions boundary of the user or of the session's role. */
  permissionsBoundary(principal: Principal): MaybePromise<NamedPolicy | undefined>;
  /** The organization of an account; `undefined` if it has none. */
  organizationOf(accountId: string): MaybePromise<OrganizationMembership | undefined>;
  /** A stored resource-based policy, with ARNs instead of the unique IDs of roles and users. */
  showPrincipals?(document: PolicyDocument): PolicyDocument;
}

/** The effect of an organization on an account. The management account obeys no policy of the organization. */
export interface OrganizationMembership {
  /** e.g. `o-a1b2c3d4e5`: becomes `aws:PrincipalOrgID`, `aws:ResourceOrgID` and `aws:SourceOrgID`. */
  readonly organizationId: string;
  /** As in {@link ApplicablePolicies}. */
  readonly serviceControl: readonly (readonly NamedPolicy[])[];
  /** As in {@link ApplicablePolicies}. */
  readonly resourceControl: readonly NamedPolicy[];
}

/** The policies that count for one question. */
export interface ApplicablePolicies {
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy | undefined;
  /** The policy of the VPC endpoint through which the request comes. It must allow, whatever other policies say. */
  readonly vpcEndpoint?: NamedPolicy | undefined;
  /** Service control policies of the principal's account, level by level. Each level must allow. None: no restriction. */
  readonly serviceControl?: readonly (readonly NamedPolicy[])[] | undefined;
  /** Resource control policies of the resource's account, of all levels. They only deny: each level has `RCPFullAWSAccess`. */
  readonly resourceControl?: readonly NamedPolicy[] | undefined;
}
