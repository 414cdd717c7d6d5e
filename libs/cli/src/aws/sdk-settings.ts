import type { CredentialsSettings } from '../aws/credentials.ts';

/** Settings that all clients of the SDK take. */
export interface SdkSettings extends CredentialsSettings {
  readonly region: string;
  /** Local AWS's address. Default: AWS's own */
  readonly endpoint?: string;
}
