import { type LocalAccount, localAccounts, localProfile, MOST_ACCOUNTS } from './core/local-account.ts';
import { type OrganizationInput, parseOrganization, readOrganization } from './identity/organization.ts';
import { OptionsError } from './options.ts';

/** What names the accounts of a local AWS. */
interface Named {
  /** IDs. */
  readonly accounts?: readonly string[] | undefined;
  readonly organization?: string | OrganizationInput | undefined;
}

/**
 * The accounts of a local AWS: those that it always has, those that were named, and those of its organization.
 * @throws OptionsError if there are too many; OrganizationError
 */
export async function readAccounts({ accounts = [], organization: given }: Named): Promise<{
  readonly accounts: readonly LocalAccount[];
  readonly organization: OrganizationInput | undefined;
}> {
  const organization = typeof given === 'string' ? await readOrganization(given) : given;
  const { managementAccountId, accounts: members = [] } =
    organization === undefined ? {} : parseOrganization(organization);
  const ids = new Set([
    ...localAccounts.map(({ accountId }) => accountId),
    ...accounts,
    ...members.map(({ accountId }) => accountId),
    ...(managementAccountId === undefined ? [] : [managementAccountId]),
  ]);
  if (ids.size > MOST_ACCOUNTS) {
    throw new OptionsError(
      `Options of startLocalAws: accounts and organization name ${ids.size} accounts, with those that are always there. There can be ${MOST_ACCOUNTS}.`,
    );
  }
  return {
    accounts: [...ids].map((accountId) => ({ accountId, profile: localProfile(accountId) })),
    organization,
  };
}
