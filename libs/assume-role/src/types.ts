/**
 * Credentials of an assumed role. Fits `AwsCredentialIdentity` of AWS SDK v3.
 */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** When they end, by STS's clock. */
  readonly expiration: Date;
}

/** What `assumeRole` puts on the context: the way to the role's credentials. */
export interface AssumedRole {
  /**
   * Current credentials. The function itself fits the `credentials` option of AWS SDK v3 clients.
   * @example const s3 = new S3Client({ credentials: context.assumedRole })
   */
  (): Promise<RoleCredentials>;
  readonly roleArn: string;
  /**
   * Current credentials: those at hand, or, where they are about to expire, new ones. Asking is free in nearly
   * every case, so ask for each request anew rather than keep them.
   * @throws AssumeRoleDenied where STS refuses
   * @throws CredentialsUnavailable where STS cannot be had before the invocation's time is up
   */
  getCredentials(): Promise<RoleCredentials>;
  /**
   * Tells that the credentials were refused as expired or unknown: they are not handed out again.
   * @param rejected those that were refused. When others have replaced them already, nothing happens: twenty
   *   requests that were refused at once cause one STS call. Without it, whatever is at hand is dropped
   */
  invalidate(rejected?: { readonly accessKeyId: string }): void;
}

/** Where structured log lines go. `@aws-lambda-powertools/logger` fits. */
export interface RefreshLogger {
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
}
