import type { Framework } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { propertiesOf } from '../properties.ts';
import { type CredentialsSource, hasCredentials } from './find.ts';

/** Node's codes for a host that cannot be reached, or whose certificate it does not trust. */
const NETWORK_ERRORS =
  /^(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|CERT_|ERR_TLS_)/;

/**
 * Asks STS for the account of some credentials.
 * @param source of the credentials, for messages
 * @param profile by default the credentials that osls uses for the service
 * @returns an account's ID
 * @throws Mistake if they are not valid, if STS cannot be reached, or if the region does not exist
 */
export async function accountId(
  framework: Framework,
  source: CredentialsSource,
  profile?: string,
): Promise<string | undefined> {
  // Imported here, because most commands do not need it.
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  let region: string | undefined;
  try {
    const config = await framework
      .getProvider('aws')
      .getAwsSdkV3Config(profile === undefined ? {} : { profile });
    const sts = new STSClient(config);
    region = await sts.config.region();
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    sts.destroy();
    return Account;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const { code } = propertiesOf(error);
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
      throw new Mistake(
        `STS has no address in the region "${region}" (${reason}). If AWS has no such region, correct it in services/stages.yml, in STAGE_REGION or in --region; otherwise check this machine's network.`,
      );
    }
    if (NETWORK_ERRORS.test(String(code))) {
      // Errors of Node that have tried several addresses have no message.
      throw new Mistake(
        `STS did not answer: ${reason || code}. Check this machine's network, and for stage local whether local AWS still runs.`,
      );
    }
    throw new Mistake(await explainNoCredentials(source, error));
  }
}

/** Whether an error of osls or of the AWS SDK says that there are no credentials. */
export function isWithoutCredentials(error: Error): boolean {
  const { code } = propertiesOf(error);
  return (
    error.name === 'CredentialsProviderError' ||
    code === 'MFA_CODE_UNAVAILABLE' ||
    code === SIGN_IN_UNAVAILABLE
  );
}

/** Without a terminal, osls puts its own words around the error of a session of IAM Identity Center. */
const SIGN_IN_UNAVAILABLE = 'AWS_SSO_LOGIN_UNAVAILABLE';

/**
 * Names what failed, and a command that helps.
 * @param error its message may have the command line of a `credential_process`, with a password. The result has not
 */
export async function explainNoCredentials(
  { subject, profile: named, prefix }: CredentialsSource,
  error: unknown,
): Promise<string> {
  const [{ parseKnownFiles }, { profileFailure }] = await Promise.all([
    import('@smithy/core/config'),
    import('@cross-account-api/command-line'),
  ]);
  const profiles = await parseKnownFiles({});
  // The SDK looks there, if nothing else is named.
  const byItself = prefix === undefined && hasCredentials('default', profiles) ? 'default' : undefined;
  const profile = named ?? byItself;
  if (profile === undefined || !(error instanceof Error)) {
    const reason = error instanceof Error ? error.message : String(error);
    return `${subject} has no valid credentials: ${reason} Sign in again, or name another profile.`;
  }
  const { code } = propertiesOf(error);
  const cause = code === SIGN_IN_UNAVAILABLE && error.cause instanceof Error ? error.cause : error;
  const failure = profileFailure(profile, profiles, cause);
  const isNamed = subject === `The profile "${profile}"` && failure.what.includes(`"${profile}"`);
  return `${isNamed ? '' : `${subject}: `}${failure.message}`;
}
