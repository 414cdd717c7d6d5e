/** An account's administrator, as AWS's files hold it. */
export interface Profile {
  readonly profile: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const HEADER =
  '# Written by local AWS at its start, removed when it stops. The keys are worth nothing anywhere else.\n';

/**
 * The AWS config file. It has no `[default]`, on purpose: which of the two accounts acts is what this is all about,
 * so a call that names no profile fails, instead of quietly acting as one of them.
 *
 * Each profile names the endpoint too: whoever takes over the profile alone does not end up at the real AWS.
 */
export function formatConfig(profiles: readonly Profile[], region: string, url: string): string {
  checkValue('region', region);
  return (
    HEADER +
    profiles
      .map(({ profile }) => {
        checkValue('profile', profile);
        return `\n[profile ${profile}]\nregion = ${region}\noutput = json\nendpoint_url = ${url}\n`;
      })
      .join('')
  );
}

/**
 * The AWS credentials file.
 * @throws TypeError where a value holds what would break the file; the message does not show it
 */
export function formatCredentials(profiles: readonly Profile[]): string {
  return (
    HEADER +
    profiles
      .map(({ profile, accountId, accessKeyId, secretAccessKey }) => {
        checkValue('profile', profile);
        checkValue('accountId', accountId);
        checkValue('accessKeyId', accessKeyId);
        checkValue('secretAccessKey', secretAccessKey);
        return `\n[${profile}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\naws_account_id = ${accountId}\n`;
      })
      .join('')
  );
}

/** Letters, digits and the signs that keys and names are made of: no line breaks, brackets or comment signs. */
function checkValue(name: string, value: string): void {
  if (/^[A-Za-z0-9+/=_.-]{1,256}$/.test(value)) return;
  throw new TypeError(
    `The ${name} for AWS's files must be 1 to 256 letters, digits or any of + / = _ . -, without spaces or line breaks.`,
  );
}
