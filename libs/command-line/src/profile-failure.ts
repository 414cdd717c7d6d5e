import { quoteForShell } from './text/text.ts';

/** The sections of AWS's files, by the names of their profiles. The parser of the AWS SDK makes them of both files. */
export type Profiles = Readonly<Record<string, Readonly<Record<string, string | undefined>> | undefined>>;

type Section = NonNullable<Profiles[string]>;

/** A profile gives no credentials that AWS accepts. */
export class ProfileFailure extends Error {
  override readonly name = 'ProfileFailure';
  readonly code = 'NO_CREDENTIALS';
  /** A sentence: which process, session, role or key failed, and how. */
  readonly what: string;
  /** A sentence with a command that helps, without its full stop. */
  readonly remedy: string;

  constructor(what: string, remedy: string, options?: ErrorOptions) {
    // What others say may end without a full stop.
    const sentence = /[.!?]$/.test(what) ? what : `${what}.`;
    super(`${sentence} ${remedy}.`, options);
    this.what = sentence;
    this.remedy = remedy;
  }
}

/** A profile, and those from which its roles take their credentials, in this order. */
interface Link {
  readonly profile: string;
  /** Absent: AWS's files have no such profile. */
  readonly section: Section | undefined;
}

/** The errors of AWS for an access key or a session that it does not accept. */
const INVALID_KEYS =
  /^(ExpiredToken|RequestExpired|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature)/;

/** Whether AWS says that an access key or a session is not valid. */
export function areKeysInvalid({ name }: Error): boolean {
  return INVALID_KEYS.test(name);
}

/**
 * Explains why a profile gives no credentials, by its kind: the SDK's messages name neither the process nor the session, and those of
 * STS not the profile.
 * @param error of the SDK's provider, or of AWS for a request with the credentials
 */
export function profileFailure(profile: string, profiles: Profiles, error: Error): ProfileFailure {
  const links = linksOf(profile, profiles);
  const leaf = links.at(-1) ?? { profile, section: undefined };
  const [what, remedy] =
    ofMfa(links, error) ??
    (isOfAws(error) ? refusedByAws(links, leaf, error) : undefined) ??
    ofKind(leaf, links, error);
  return new ProfileFailure(what, remedy, { cause: error });
}

type Explained = readonly [what: string, remedy: string];

function ofMfa(links: readonly Link[], error: Error): Explained | undefined {
  const device = links.find(({ section }) => section?.mfa_serial !== undefined);
  if (device === undefined) return undefined;
  const { profile, section } = device;
  const whose = `The profile "${profile}" needs a code of the MFA device ${section?.mfa_serial}`;
  if (isMfaCodeUnavailable(error)) {
    return [
      `${whose}, and there is no terminal to ask for it.`,
      'Run the command in a terminal, or with a profile that needs no code',
    ];
  }
  if (!/MultiFactorAuthentication|\bMFA\b|TokenCode/i.test(error.message)) return undefined;
  return [
    `${whose}, and STS refused the code: ${firstLine(error)}`,
    `A code can be used once: wait for the next one, and run the command again. To compare the device: aws iam list-mfa-devices --profile ${shell(section?.source_profile ?? profile)}`,
  ];
}

/** osls and `cross-account` ask for the code, and give their errors this code if nobody can answer. */
function isMfaCodeUnavailable(error: Error): boolean {
  return 'code' in error && error.code === 'MFA_CODE_UNAVAILABLE';
}

/** A refusal by STS, or by a service that got the keys. */
function refusedByAws(links: readonly Link[], leaf: Link, error: Error): Explained | undefined {
  const reason = `${error.name}: ${firstLine(error)}`;
  if (leaf.section?.web_identity_token_file !== undefined) {
    const { role_arn: role = '', web_identity_token_file: file } = leaf.section;
    return [
      `STS refused the web identity in ${file} for the role ${role} of the profile "${leaf.profile}": ${reason}`,
      `The token may have ended, or the role's trust policy does not name its issuer. This asks STS again: aws sts assume-role-with-web-identity --role-arn ${shell(role)} --role-session-name check --web-identity-token ${shell(`file://${file}`)}`,
    ];
  }
  if (areKeysInvalid(error)) {
    const { aws_access_key_id: key, aws_session_token: token } = leaf.section ?? {};
    if (key === undefined) return undefined;
    return token === undefined
      ? [
          `AWS does not accept the access key ${key} of the profile "${leaf.profile}": ${reason}`,
          `Write a valid one: aws configure --profile ${shell(leaf.profile)}`,
        ]
      : [
          `AWS does not accept the session in the section of the profile "${leaf.profile}", whose access key is ${key}: ${reason}`,
          `Get a new session from where this one came. This shows where the profile is written: aws configure list --profile ${shell(leaf.profile)}`,
        ];
  }
  const roles = links.filter(({ section }) => section?.role_arn !== undefined);
  const refused = roles.find(({ section }) => error.message.includes(String(section?.role_arn))) ?? roles[0];
  if (refused?.section === undefined) return undefined;
  const { role_arn: role = '', source_profile: source, external_id: externalId } = refused.section;
  const by = source === undefined ? '' : ` with the credentials of the profile "${source}"`;
  return [
    `STS refused to let the profile "${refused.profile}" assume the role ${role}${by}: ${reason}`,
    `The role's trust policy and the policies of its caller must allow it. This asks STS again: aws sts assume-role --role-arn ${shell(role)} --role-session-name check${externalId === undefined ? '' : ` --external-id ${shell(externalId)}`}${source === undefined ? '' : ` --profile ${shell(source)}`}`,
  ];
}

/** The SDK could not even ask. */
function ofKind({ profile, section }: Link, links: readonly Link[], error: Error): Explained {
  const reason = firstLine(error);
  const name = shell(profile);
  if (section === undefined) {
    const by = links.at(-2);
    return [
      by === undefined
        ? `AWS's files have no profile "${profile}".`
        : `The profile "${by.profile}" takes its credentials from source_profile "${profile}", which AWS's files do not have.`,
      `Set it up: aws configure --profile ${name}, or aws configure sso --profile ${name}`,
    ];
  }
  if (section.credential_process !== undefined) {
    const [program = ''] = section.credential_process.trim().split(/\s/, 1);
    const said = processOutput(error, section.credential_process);
    return [
      `The credential_process of the profile "${profile}", ${program}, failed${said === '' ? '.' : `: ${said}`}`,
      `Run it to see why: sh -c "$(aws configure get credential_process --profile ${name})"`,
    ];
  }
  if (section.web_identity_token_file !== undefined) {
    return [
      `The web identity of the profile "${profile}" cannot be read: ${reason}`,
      `The platform that runs this machine writes the file. To see it: ls -l ${shell(section.web_identity_token_file)}`,
    ];
  }
  if (section.sso_session !== undefined || section.sso_start_url !== undefined) {
    const session = section.sso_session ?? section.sso_start_url;
    return [
      `The session "${session}" of IAM Identity Center, which the profile "${profile}" uses, gives no credentials: ${reason}`,
      `Sign in: aws sso login --profile ${name}. If its settings are incomplete: aws configure sso --profile ${name}`,
    ];
  }
  if (section.login_session !== undefined) {
    return [
      `The sign-in of the profile "${profile}" as ${section.login_session} gives no credentials: ${reason}`,
      `Sign in: aws login --profile ${name}`,
    ];
  }
  if (section.credential_source !== undefined) {
    return [
      `The credential_source ${section.credential_source} of the profile "${profile}" gives no credentials: ${reason}`,
      `Set the source up where the command runs, or name a source_profile instead: aws configure set source_profile PROFILE --profile ${name}`,
    ];
  }
  return [
    `The profile "${profile}" gives no credentials: ${reason}`,
    `Set it up: aws configure --profile ${name}, or aws configure sso --profile ${name}`,
  ];
}

/** The profile, and the source of each role. @returns a circle once */
function linksOf(first: string, profiles: Profiles): readonly Link[] {
  const links: Link[] = [];
  for (let profile: string | undefined = first; profile !== undefined; ) {
    const section: Section | undefined = profiles[profile];
    links.push({ profile, section });
    const source: string | undefined = section?.role_arn === undefined ? undefined : section.source_profile;
    // A profile may be its own source: its section then has keys, too.
    profile = links.some((link) => link.profile === source) ? undefined : source;
  }
  return links;
}

function isOfAws(error: Error): boolean {
  return '$metadata' in error;
}

/** What a process that failed wrote first. Its command line, which may have a password, is left out before anything is cut. */
function processOutput({ message }: Error, commandLine: string): string {
  return firstLine({ message: message.replace(`Command failed: ${commandLine}`, () => '') });
}

function firstLine({ message }: Pick<Error, 'message'>): string {
  const line = message
    .split('\n')
    .map((each) => each.trim())
    .find(Boolean);
  return (line ?? '').slice(0, 400);
}

/** A word for a shell, quoted only if it has to be. */
function shell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quoteForShell(word);
}
