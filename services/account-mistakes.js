/**
 * What is wrong with the account that credentials belong to.
 * @param {{
 *   stage: string,
 *   setting: 'apiAccountId' | 'callerAccountId',
 *   expected: string | undefined,
 *   actual: string | undefined,
 *   who: string,
 * }} facts `who` is the subject of a sentence, such as `the profile "dev" belongs`
 * @returns {string | undefined} a sentence, if the account is not the one of the settings
 */
export function accountMistake({ stage, setting, expected, actual, who }) {
  if (expected === undefined || expected === actual) return undefined;
  return `services/stages.yml: ${stage}.${setting} is ${expected}, but ${who} to account ${actual}.`;
}
