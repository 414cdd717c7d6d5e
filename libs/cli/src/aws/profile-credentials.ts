import { isNativeError } from 'node:util/types';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { areKeysInvalid, type Profiles, profileFailure } from '@cross-account-api/command-line';
import { parseKnownFiles } from '@smithy/core/config';
import { askForMfaCode } from './mfa-code.ts';

/** A provider of credentials, as clients of the AWS SDK take it. */
export type CredentialsProvider = ReturnType<typeof fromIni>;

/** The keys that a provider gives. */
export type ResolvedKeys = Awaited<ReturnType<CredentialsProvider>>;

/** Asks for codes, and makes the requests to STS, that far ahead of the end of a session. */
const AHEAD_MS = 60_000;

const providers = new Map<string, CredentialsProvider>();

/**
 * The provider of a profile's credentials. All clients of a process share it, so that it asks for an MFA code once.
 * @throws ProfileFailure (the provider) that says what failed, with a command that helps
 */
export function profileCredentials(profile: string): CredentialsProvider {
  const { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, HOME } = process.env;
  const key = JSON.stringify([profile, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, HOME]);
  const known = providers.get(key);
  if (known !== undefined) return known;
  const made = keeping((options) => resolve(profile, options));
  providers.set(key, made);
  return made;
}

/** The provider of the credentials that the SDK finds by itself. It asks for an MFA code, if the default profile needs one. */
export const defaultCredentials: CredentialsProvider = keeping(async (options) =>
  defaultProvider({ ...options?.callerClientConfig, mfaCodeProvider: askForMfaCode })(options),
);

/**
 * Explains an error of AWS for a request with a profile's credentials, if these are not valid.
 * @param profile `undefined`: the credentials are of no profile
 * @returns the error that was given, if it has another reason
 */
export async function explainCredentials(error: unknown, profile: string | undefined): Promise<unknown> {
  if (profile === undefined || !(error instanceof Error) || !areKeysInvalid(error)) return error;
  return profileFailure(profile, await parseKnownFiles({}), error);
}

async function resolve(profile: string, options: Parameters<CredentialsProvider>[0]): Promise<ResolvedKeys> {
  const profiles = await parseKnownFiles({});
  try {
    const of = (name: string) => fromIni({ profile: name, mfaCodeProvider: askForMfaCode })(options);
    const source = sourceToTry(profile, profiles);
    // The SDK would ask for the code first, and end the process with an unhandled error if the source failed meanwhile.
    if (source !== undefined) await of(source);
    return await of(profile);
  } catch (error) {
    if (!isNativeError(error) || isOfNetwork(error)) throw error;
    throw profileFailure(profile, profiles, error);
  }
}

/** The source of a role that needs an MFA code, if that source assumes no role itself. */
function sourceToTry(profile: string, profiles: Profiles): string | undefined {
  const { mfa_serial: device, source_profile: source } = profiles[profile] ?? {};
  if (device === undefined || source === undefined || source === profile) return undefined;
  return profiles[source]?.role_arn === undefined ? source : undefined;
}

/** Whether AWS could not be reached: a client of the SDK has got no answer, or whoever else asked had no connection. */
function isOfNetwork(error: Error): boolean {
  if ('$metadata' in error) return Object(error.$metadata).httpStatusCode === undefined;
  return 'syscall' in error && /^(connect|getaddrinfo|read|write)$/.test(String(error.syscall));
}

/** Keeps credentials until shortly before they end. A failure is not kept. */
function keeping(provide: CredentialsProvider): CredentialsProvider {
  let kept: Promise<ResolvedKeys> | undefined;
  return async (options) => {
    const { expiration } = (await kept) ?? {};
    if (expiration !== undefined && expiration.getTime() - Date.now() < AHEAD_MS) kept = undefined;
    const asked = kept ?? provide(options);
    kept = asked;
    try {
      return await asked;
    } catch (error) {
      if (kept === asked) kept = undefined;
      throw error;
    }
  };
}
