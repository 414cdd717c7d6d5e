/** The keys of an account's administrator, and the profile that has them in AWS's files. */
export interface Profile {
  readonly profile: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const HEADER =
  '# Written by local AWS at its start, removed when it stops. The keys are worth nothing anywhere else.\n';

/**
 * The AWS config file. It has no `[default]` profile: a call must name the account that it acts as. Each profile names the
 * endpoint, too, so that a tool that only gets the profile does not call the real AWS.
 */
export function formatConfig(profiles: readonly Profile[], region: string, url: string): string {
  return format(profiles, ({ profile }) => {
    checkValues({ profile, region });
    return `\n[profile ${profile}]\nregion = ${region}\noutput = json\nendpoint_url = ${url}\n`;
  });
}

/** The AWS credentials file. */
export function formatCredentials(profiles: readonly Profile[]): string {
  return format(profiles, ({ profile, accountId, accessKeyId, secretAccessKey }) => {
    checkValues({ profile, accountId, accessKeyId, secretAccessKey });
    return `\n[${profile}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\naws_account_id = ${accountId}\n`;
  });
}

function format(profiles: readonly Profile[], sectionOf: (profile: Profile) => string): string {
  return [HEADER, ...profiles.map(sectionOf)].join('');
}

/** @throws TypeError if a value has line breaks, brackets, comment signs or the like */
function checkValues(values: Readonly<Record<string, string>>): void {
  const wrong = Object.keys(values).find((name) => !/^[A-Za-z0-9+/=_.-]{1,256}$/.test(values[name] ?? ''));
  if (wrong === undefined) return;
  throw new TypeError(
    `The ${wrong} for AWS's files must be 1 to 256 letters, digits or any of + / = _ . -, without spaces or line breaks.`,
  );
}
