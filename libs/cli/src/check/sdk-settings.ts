/** Settings that all clients of the SDK take. */
export interface SdkSettings {
  readonly region: string;
  /** Default: the SDK's own search for credentials. */
  readonly profile?: string;
  /** Local AWS's address. Default: AWS's own */
  readonly endpoint?: string;
}
