import { loadSharedConfigFiles } from '@smithy/core/config';
import {
  type CredentialsProvider,
  defaultCredentials,
  profileCredentials,
  type ResolvedKeys,
} from './profile-credentials.ts';

/** Whose credentials a command uses. */
export interface Credentials {
  /** A profile of the AWS CLI. Absent: those of the environment. */
  readonly profile?: string | undefined;
  /** The beginning of the names of the variables that have the credentials: `AWS_DEV` for `AWS_DEV_ACCESS_KEY_ID`. */
  readonly prefix?: string | undefined;
  /** For a sentence: `The profile "billing"`. */
  readonly subject: string;
}

/** A profile that the user names in an option. */
export function credentialsOfProfile(profile: string): Credentials {
  return { profile, subject: `The profile "${profile}"` };
}

/** The settings with which the SDK's clients use the credentials. */
export interface CredentialsSettings {
  /** The clients also take its region. */
  readonly profile?: string;
  readonly credentials?: CredentialsProvider | ResolvedKeys;
}

/** See {@link CredentialsSettings}. */
export function credentialsSettings({ profile, prefix }: Credentials): CredentialsSettings {
  if (profile !== undefined) return { profile, credentials: profileCredentials(profile) };
  if (prefix === undefined) return { credentials: defaultCredentials };
  const read = (name: string) => process.env[`${prefix}_${name}`] ?? '';
  const sessionToken = read('SESSION_TOKEN');
  return {
    credentials: {
      accessKeyId: read('ACCESS_KEY_ID'),
      secretAccessKey: read('SECRET_ACCESS_KEY'),
      ...(sessionToken && { sessionToken }),
    },
  };
}

/**
 * The address that the environment or the profile gives for all of AWS's services. The SDK looks it up in the profile that the
 * environment names, and not in the one that a client names.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export async function configuredEndpoint({
  profile,
}: Pick<Credentials, 'profile'>): Promise<string | undefined> {
  const { AWS_ENDPOINT_URL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS } = process.env;
  if (AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true') return undefined;
  if (AWS_ENDPOINT_URL) return AWS_ENDPOINT_URL;
  if (profile === undefined) return undefined;
  const { configFile } = await loadSharedConfigFiles();
  return configFile[profile]?.endpoint_url;
}
