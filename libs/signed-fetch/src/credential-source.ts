import { InvalidOption } from './errors/invalid-option.ts';
import type { CredentialSource, CredentialsInput, SigningCredentials } from './types.ts';

/**
 * Whatever credentials come as, as a source.
 * @throws InvalidOption
 */
export function credentialSource(input: CredentialsInput): CredentialSource {
  if (hasGetCredentials(input)) return input;
  if (typeof input === 'function') return { getCredentials: async () => checked(await input()) };
  const fixed = checked(input);
  return { getCredentials: async () => fixed };
}

/**
 * Credentials that can be signed with.
 * @throws InvalidOption naming what is missing, and nothing that is there
 */
export function checked(credentials: unknown): SigningCredentials {
  if (typeof credentials !== 'object' || credentials === null) {
    throw new InvalidOption('credentials', 'must be credentials, a provider function or a source of them');
  }
  const { accessKeyId, secretAccessKey, sessionToken }: Partial<Record<string, unknown>> = { ...credentials };
  if (typeof accessKeyId !== 'string' || !/^\w{16,128}$/.test(accessKeyId)) {
    throw new InvalidOption('credentials', 'have no valid accessKeyId: 16 to 128 letters and digits');
  }
  if (typeof secretAccessKey !== 'string' || secretAccessKey === '') {
    throw new InvalidOption('credentials', 'have no secretAccessKey');
  }
  if (sessionToken !== undefined && (typeof sessionToken !== 'string' || !/^[!-~]+$/.test(sessionToken))) {
    throw new InvalidOption('credentials', 'have a sessionToken that is no visible ASCII text');
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}

function hasGetCredentials(input: unknown): input is CredentialSource {
  return (
    ((typeof input === 'object' && input !== null) || typeof input === 'function') &&
    'getCredentials' in input &&
    typeof input.getCredentials === 'function'
  );
}
