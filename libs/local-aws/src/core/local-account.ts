/** An account of local AWS, and the profile that has its administrator's keys. */
export interface LocalAccount {
  readonly profile: string;
  /** Twelve digits. */
  readonly accountId: string;
}

/** The accounts that local AWS always has, and the profile that has each administrator's keys. */
export const localAccounts = [
  { profile: 'local-api', accountId: '111111111111' },
  { profile: 'local-caller', accountId: '222222222222' },
] as const satisfies readonly LocalAccount[];

/** `endpoint.json` has each of them, and is read whole by each command. */
export const MOST_ACCOUNTS = 500;

/** The profile of an account: `local-api`, `local-caller`, or `local-<ID>`. */
export function localProfile(accountId: string): string {
  return localAccounts.find((each) => each.accountId === accountId)?.profile ?? `local-${accountId}`;
}

/** The ID of the account that has a profile of local AWS, if the profile's name has it. */
export function accountOfProfile(profile: string): string | undefined {
  const [, accountId] = /^local-(.*)$/.exec(profile) ?? [];
  return accountId !== undefined && /^\d{12}$/.test(accountId) ? accountId : undefined;
}
