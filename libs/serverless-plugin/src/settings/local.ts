/** The settings of stage `local` without an entry in the file: two accounts of local AWS. An entry changes or adds settings. */
export const localSettings = {
  region: 'us-east-1',
  apiAccountId: '111111111111',
  callerAccountId: '222222222222',
  externalId: 'local-external-id',
  checkResponses: true,
  securityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
};

/** The names of two profiles say what the accounts are for. */
const named: ReadonlyMap<string, string> = new Map([
  [localSettings.apiAccountId, 'local-api'],
  [localSettings.callerAccountId, 'local-caller'],
]);

/** The profile of an account of local AWS, which writes the files that have it: `local-<ID>`, or the name of one of the two. */
export function localProfile(accountId: string): string {
  return named.get(accountId) ?? `local-${accountId}`;
}

/**
 * The profile of an account in a stage: the given one, or in stage `local` that of the account.
 * @param given the setting's value
 */
export function profileIn(stage: string, accountId: string, given: string | undefined): string | undefined {
  return given ?? (stage === 'local' ? localProfile(accountId) : undefined);
}
