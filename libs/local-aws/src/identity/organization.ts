import type { NamedPolicy } from '../core/principal.ts';

/** An AWS organization over some of the accounts. */
export interface Organization {
  /** `o-…`: what `aws:PrincipalOrgID` is. */
  readonly id: string;
  /** Its management account; service control policies do not apply to that one. */
  readonly managementAccountId?: string;
  readonly accounts: readonly OrganizationAccount[];
}

/** A member account and the service control policies on the way to it. */
export interface OrganizationAccount {
  readonly accountId: string;
  /**
   * The policies of each level, the root first, then each organizational unit, the account itself last. Every level has to
   * allow (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html).
   */
  readonly levels: readonly (readonly NamedPolicy[])[];
}

/** The ID of the organization that an account belongs to. */
export function organizationIdOf(
  organization: Organization | undefined,
  accountId: string,
): string | undefined {
  if (organization === undefined) return undefined;
  const isMember = organization.accounts.some((account) => account.accountId === accountId);
  return isMember || organization.managementAccountId === accountId ? organization.id : undefined;
}

/** The service control policies that bind an account's principals, level by level; none without an organization. */
export function serviceControlPoliciesOf(
  organization: Organization | undefined,
  accountId: string,
): readonly (readonly NamedPolicy[])[] {
  if (organization === undefined || organization.managementAccountId === accountId) return [];
  return organization.accounts.find((account) => account.accountId === accountId)?.levels ?? [];
}

/**
 * Checks an organization's shape.
 * @param validate AWS's message for an invalid policy, `undefined` for a valid one
 * @throws Error that names what is wrong
 */
export function checkOrganization(
  organization: Organization,
  validate: (policy: NamedPolicy) => string | undefined,
): void {
  if (!/^o-[a-z0-9]{10,32}$/.test(organization.id)) {
    throw new Error(
      `The organization ID ${JSON.stringify(organization.id)} is not like AWS's: o- and 10 to 32 lower-case letters or digits.`,
    );
  }
  for (const { accountId, levels } of organization.accounts) {
    for (const policy of levels.flat()) {
      const fault = validate(policy);
      if (fault !== undefined) {
        throw new Error(`The service control policy ${policy.name} for account ${accountId}: ${fault}`);
      }
    }
    if (levels.some((level) => level.length === 0)) {
      throw new Error(
        `A level of the service control policies for account ${accountId} is empty, which would deny everything. AWS attaches FullAWSAccess there; so must you.`,
      );
    }
  }
}
