import type { AssumedRoleOptions } from './options.ts';
import { type Invocation, RoleSession } from './role-session.ts';
import { systemRuntime } from './runtime.ts';
import { requestCredentials, stsClient } from './sts-client.ts';
import type { AssumedRole, RefreshLogger } from './types.ts';
import { assumeRoleRequest, checkOptionNames, numberOption, stsRegion } from './validate-options.ts';

/** A role's credentials for a whole execution environment. Make it once, outside the handler. */
export interface AssumedRoleProvider extends AssumedRole {
  /**
   * Fetches credentials ahead, e.g. in the init phase. Never rejects: should it fail, whoever needs them tries again.
   * @example await role.prefetch()
   */
  prefetch(): Promise<void>;
  /**
   * Marks the beginning of an invocation; the middleware does it. Without it, everything works too, except that
   * refreshing knows no deadline and takes up to 10 s.
   * @param remainingMs what is left of the invocation's time
   */
  beginInvocation(remainingMs: number): RoleInvocation;
}

/** A role within one invocation. */
export interface RoleInvocation {
  /** As the provider, with this invocation's deadline. */
  readonly role: AssumedRole;
  /**
   * Marks the end: a refresh that is still in flight is stopped, as the process may be frozen now.
   * @param options.finish whether to wait for it a moment first. Not after an error, which should be reported at once
   */
  end(options: { readonly finish: boolean }): Promise<void>;
}

/**
 * Makes the provider of a role's credentials: fetched when first asked for, kept until shortly before they expire,
 * replaced while they still serve. Any number of concurrent users cause one STS call.
 *
 * It is a function that fits the `credentials` option of AWS SDK v3 clients, and needs no middy.
 * @throws InvalidOption naming the option
 * @example
 * const role = createAssumedRole({ roleArn: 'arn:aws:iam::111111111111:role/reader', sessionName: 'report' });
 * const s3 = new S3Client({ credentials: role });
 */
export function createAssumedRole(options: AssumedRoleOptions): AssumedRoleProvider {
  checkOptionNames(options);
  const request = assumeRoleRequest(options);
  const region = stsRegion(options);
  const runtime = options.runtime ?? systemRuntime;
  const roleArn = options.roleArn;
  const refreshWindowSeconds = numberOption('refreshWindowSeconds', options.refreshWindowSeconds, {
    fallback: 300,
    min: 60,
    max: 1800,
    unit: 'seconds',
  });
  const attemptTimeoutMs = numberOption('attemptTimeoutMs', options.attemptTimeoutMs, {
    fallback: 3_000,
    min: 100,
    max: 60_000,
    unit: 'milliseconds',
  });
  const finishRefreshMs = numberOption('finishRefreshMs', options.finishRefreshMs, {
    fallback: 250,
    min: 0,
    max: 5_000,
    unit: 'milliseconds',
  });
  const client = options.client ?? stsClient(region ?? '');
  const session = new RoleSession({
    roleArn,
    sentExternalId: options.externalId !== undefined,
    ask: (signal) => requestCredentials(client, request, signal),
    durationMs: (request.DurationSeconds ?? 3600) * 1_000,
    refreshWindowMs: refreshWindowSeconds * 1_000,
    attemptTimeoutMs,
    finishRefreshMs,
    logger: options.logger ?? consoleLogger,
    runtime,
  });

  return Object.assign(view(session, roleArn), {
    prefetch: () => session.prefetch(),
    beginInvocation: (remainingMs: number): RoleInvocation => {
      const invocation: Invocation = { deadline: runtime.now() + remainingMs };
      session.begin(invocation);
      return {
        role: view(session, roleArn, invocation),
        end: ({ finish }) => session.end(invocation, finish),
      };
    },
  });
}

/** The session as users see it: no state is reachable through it, so none can be logged by accident. */
function view(session: RoleSession, roleArn: string, invocation?: Invocation): AssumedRole {
  return Object.assign(() => session.get(invocation), {
    roleArn,
    getCredentials: () => session.get(invocation),
    invalidate: (rejected?: { readonly accessKeyId: string }) => session.invalidate(rejected),
  });
}

const consoleLogger: RefreshLogger = {
  warn: (message, details) => console.warn(JSON.stringify({ level: 'WARN', message, ...details })),
};
