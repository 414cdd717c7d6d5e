import type { STSClient } from '@aws-sdk/client-sts';
import type { Runtime } from './runtime.ts';
import type { RefreshLogger } from './types.ts';

/** How a role is assumed. All but `roleArn` have a default that suits a Lambda function. */
export interface AssumedRoleOptions {
  /** The role: `arn:aws:iam::111111111111:role/api-dev-invoke`. */
  readonly roleArn: string;
  /**
   * The session's name, which the other account sees in its logs. 2 to 64 of `A–Z a–z 0–9 _ + = , . @ -`.
   * @default the function's name (`AWS_LAMBDA_FUNCTION_NAME`)
   */
  readonly sessionName?: string | undefined;
  /**
   * How long the credentials last: 900 to 3600 s. Not more: a Lambda function's own credentials are a role's, and
   * AWS limits a role assumed by a role ("role chaining") to one hour, whatever the role's maximum is.
   * @default 3600
   */
  readonly durationSeconds?: number;
  /** What the trust policy's condition on `sts:ExternalId` expects. */
  readonly externalId?: string | undefined;
  /** A session policy: narrows what the role may do. JSON text, or the document. At most 2048 characters. */
  readonly policy?: string | Readonly<Record<string, unknown>>;
  /** ARNs of managed policies that narrow what the role may do; at most 10. */
  readonly policyArns?: readonly string[];
  /** Session tags; at most 50. The trust policy must allow `sts:TagSession`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Keys of `tags` that go on to the sessions of roles that this session assumes. */
  readonly transitiveTagKeys?: readonly string[];
  /** Who is behind the session; the trust policy must allow `sts:SetSourceIdentity`. */
  readonly sourceIdentity?: string;
  /**
   * The region whose STS endpoint is asked: a regional one, never the global.
   * @default the function's region (`AWS_REGION`)
   */
  readonly region?: string | undefined;
  /**
   * An STS client of one's own, instead of `region`. Give it `maxAttempts: 1`: retries happen here, where the
   * invocation's remaining time is known.
   */
  readonly client?: Pick<STSClient, 'send'>;
  /**
   * How long before expiry new credentials are fetched while the old ones still serve: 60 to 1800 s. The moment is
   * moved forward by up to a fifth of it at random, so that a fleet does not refresh at once.
   * @default 300
   */
  readonly refreshWindowSeconds?: number;
  /**
   * How long one STS request may take, in milliseconds: 100 to 60000.
   * @default 3000
   */
  readonly attemptTimeoutMs?: number;
  /**
   * How long the end of an invocation may wait for a refresh that is still in flight, in milliseconds: 0 to 5000.
   * Lambda freezes the process after it, so a refresh that is not finished here was for nothing.
   * @default 250
   */
  readonly finishRefreshMs?: number;
  /** Where warnings go. @default one line of JSON through `console.warn` */
  readonly logger?: RefreshLogger;
  /** Time and chance, for tests. @default the machine's own */
  readonly runtime?: Runtime;
}

/** What the middleware takes besides. */
export interface AssumeRoleOptions<Key extends string = string> extends AssumedRoleOptions {
  /**
   * The name under which the role appears on the handler's context. With several roles, one each.
   * @default 'assumedRole'
   */
  readonly contextKey?: Key;
  /**
   * Whether to fetch credentials as soon as the middleware is made, in the init phase. Should that fail, the
   * invocation tries again.
   * @default false
   */
  readonly prefetch?: boolean;
  /**
   * Whether credentials are first fetched when the handler asks for them, instead of before it runs. For a role
   * that not every invocation needs.
   * @default false
   */
  readonly lazy?: boolean;
}
