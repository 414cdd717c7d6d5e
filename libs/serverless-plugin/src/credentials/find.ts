/** The sections of AWS's files, by the names of their profiles. The parser of the AWS SDK makes them of both files. */
export type Profiles = Readonly<Record<string, Readonly<Record<string, string | undefined>> | undefined>>;

/** Where a command finds its credentials. */
export interface CredentialsSource {
  /** `option`: `--aws-profile`. `stage`: the service's profile in services/stages.yml. `shell`: the environment, or the default profile. */
  readonly from: 'option' | 'stage' | 'shell';
  /** The subject of a sentence in the singular. @example 'The profile "dev" of AWS_PROFILE' */
  readonly subject: string;
  /** The profile of AWS's files that has the credentials. Absent: environment variables, or what the SDK finds by itself. */
  readonly profile?: string;
  /** The credentials are in `<prefix>_ACCESS_KEY_ID` and its siblings. @example 'AWS_DEV' */
  readonly prefix?: string;
  /** The stage's profile, in whose place the shell's credentials are taken: AWS's files have no credentials for it. */
  readonly insteadOf?: string;
}

/** The facts on which {@link findCredentials} decides. */
export interface CredentialsFacts {
  readonly stage: string;
  /** The service's profile in services/stages.yml. */
  readonly stageProfile?: string | undefined;
  /** The option `--aws-profile`. */
  readonly optionProfile?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly profiles: Profiles;
}

/**
 * Decides whose credentials a command uses. The stage's profile comes before the shell: otherwise a profile or keys that a shell exports
 * for other work would choose the account. If AWS's files have no credentials for that profile, as with aws-vault, the shell's are taken.
 * The order in the shell is that of osls 4, lib/aws/credentials.js.
 */
export function findCredentials(facts: CredentialsFacts): CredentialsSource {
  const { stageProfile, optionProfile, profiles } = facts;
  if (optionProfile) {
    return {
      from: 'option',
      profile: optionProfile,
      subject: `The profile "${optionProfile}" of --aws-profile`,
    };
  }
  const shell = findInShell(facts);
  if (stageProfile === undefined) return shell ?? byDefault(facts);
  return shell === undefined || hasCredentials(stageProfile, profiles)
    ? { from: 'stage', profile: stageProfile, subject: `The profile "${stageProfile}"` }
    : { ...shell, insteadOf: stageProfile };
}

type ShellFacts = Pick<CredentialsFacts, 'stage' | 'environment' | 'profiles'>;

/** The credentials that environment variables name before a profile of serverless.yml counts. */
function findInShell({ stage, environment }: ShellFacts): CredentialsSource | undefined {
  for (const prefix of [stagePrefix(stage), 'AWS']) {
    const profile = environment[`${prefix}_PROFILE`];
    if (profile) return inProfile(profile, `${prefix}_PROFILE`);
    if (environment[`${prefix}_ACCESS_KEY_ID`] && environment[`${prefix}_SECRET_ACCESS_KEY`]) {
      return { from: 'shell', prefix, subject: `The access key in ${prefix}_ACCESS_KEY_ID` };
    }
  }
  return undefined;
}

/** The credentials that are found without a profile in serverless.yml. */
function byDefault({ environment, profiles }: ShellFacts): CredentialsSource {
  const { AWS_DEFAULT_PROFILE: profile } = environment;
  return profile && profiles[profile] !== undefined
    ? inProfile(profile, 'AWS_DEFAULT_PROFILE')
    : { from: 'shell', subject: 'The default profile or the role of this machine' };
}

function inProfile(profile: string, variable: string): CredentialsSource {
  return { from: 'shell', profile, subject: `The profile "${profile}" of ${variable}` };
}

/** What the variables of a stage begin with, which osls reads before those of the shell. @example stagePrefix('dev') // 'AWS_DEV' */
export function stagePrefix(stage: string): string {
  return `AWS_${stage.toUpperCase()}`;
}

/** Any of these settings of a profile gives it credentials. */
const SETTINGS = [
  'aws_access_key_id',
  'credential_process',
  'credential_source',
  'web_identity_token_file',
  'sso_session',
  'sso_start_url',
  'sso_account_id',
  'login_session',
];

/**
 * Whether AWS's files say how to get the credentials of a profile. A profile may have a region and a role only: its credentials are
 * then kept elsewhere.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
export function hasCredentials(
  profile: string,
  profiles: Profiles,
  visited: readonly string[] = [],
): boolean {
  const section = profiles[profile];
  if (section === undefined || visited.includes(profile)) return false;
  if (SETTINGS.some((name) => section[name])) return true;
  const { role_arn: role, source_profile: source } = section;
  return Boolean(role && source) && hasCredentials(String(source), profiles, [...visited, profile]);
}
