import type { Credential } from '../../core/principal.ts';
import type { Scope } from '../../core/scope.ts';

/** Where deployment packages come from: S3. */
export interface CodeStore {
  /** @throws AwsError where bucket, key or version do not exist */
  read(scope: Scope, bucket: string, key: string, versionId?: string): Buffer | Promise<Buffer>;
}

/** A line for CloudWatch Logs. */
export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** Where functions' logs go: CloudWatch Logs. */
export interface LogDestination {
  hasGroup(scope: Scope, logGroup: string): boolean;
  createGroup(scope: Scope, logGroup: string): void;
  /** Appends to a stream, which it makes where there is none yet. Nothing is written into a group that does not exist. */
  write(scope: Scope, logGroup: string, logStream: string, events: readonly LogEvent[]): void;
}

/** Where functions' credentials come from: STS, on behalf of `lambda.amazonaws.com`. */
export interface FunctionRoles {
  /**
   * A session of the role for the service principal `lambda.amazonaws.com`.
   * @param functionArn the function that it is for, without qualifier: `lambda:SourceFunctionArn`
   * @throws AwsError where there is no such role or its trust policy does not admit Lambda
   */
  assume(roleArn: string, sessionName: string, functionArn: string): Promise<Credential>;
}
