import type { Authorizer } from '../../../authorization/decision.ts';
import type { Clock } from '../../../core/clock.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Credential } from '../../../core/principal.ts';
import type { CodePackages } from '../code/packages.ts';
import type { FunctionRoles, LogDestination, LogEvent } from '../dependencies.ts';
import { functionArn } from '../functions/function-name.ts';
import type { LambdaServiceOptions } from '../index.ts';
import { environmentVariables } from '../runtime/environment-variables.ts';
import { ExecutionEnvironment } from '../runtime/execution-environment.ts';
import type { Workspace } from '../runtime/workspace.ts';
import type { FunctionVersion } from '../store.ts';
import type { WarmEnvironment } from './environment-pool.ts';
import { EnvironmentLog } from './log.ts';

/** What new environments are made with. */
export interface LauncherParts {
  readonly clock: Clock;
  readonly roles: FunctionRoles;
  readonly logs: LogDestination;
  readonly authorizer: Authorizer;
  readonly packages: CodePackages;
  readonly workspace: () => Promise<Workspace>;
  readonly nodePath: string;
  readonly environment: LambdaServiceOptions['environment'];
}

/** Starts execution environments, and knows whose credentials are whose. */
export class EnvironmentLauncher {
  readonly #parts: LauncherParts;
  readonly #living = new Map<string, WarmEnvironment>();
  #closed = false;

  constructor(parts: LauncherParts) {
    this.#parts = parts;
  }

  /**
   * Prepares credentials and log of a new environment.
   * @throws AwsError `AccessDeniedException` where Lambda cannot assume the function's role
   */
  async prepare(version: FunctionVersion): Promise<Pick<WarmEnvironment, 'credential' | 'log'>> {
    const { clock, roles } = this.#parts;
    let credential: Credential;
    try {
      const { settings, scope, functionName } = version;
      credential = await roles.assume(
        settings.roleArn,
        functionName,
        functionArn({ ...scope, name: functionName }),
      );
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw new AwsError('AccessDeniedException', CANNOT_ASSUME, 403);
    }
    let write: ((stream: string, events: readonly LogEvent[]) => void) | undefined;
    const log = new EnvironmentLog(version.version, version.settings.logging, clock, (stream, events) =>
      write?.(stream, events),
    );
    if (await this.#mayLog(version, credential, log.stream)) {
      write = (stream, events) =>
        this.#parts.logs.write(version.scope, version.settings.logging.group, stream, events);
    }
    return { credential, log };
  }

  /** Starts a process for them; it has not run its init phase yet. */
  async start(
    version: FunctionVersion,
    { credential, log }: Pick<WarmEnvironment, 'credential' | 'log'>,
  ): Promise<WarmEnvironment> {
    const { packages, nodePath, environment } = this.#parts;
    packages.retain(version.code.sha256);
    const started = ExecutionEnvironment.start({
      workspace: await this.#parts.workspace(),
      nodePath,
      taskRoot: version.code.taskRoot,
      memorySizeMb: version.settings.memorySize,
      variables: (runtimeApi) =>
        environmentVariables(version, {
          credential,
          logStream: log.stream,
          runtimeApi,
          configured: environment(version.settings.environment),
        }),
      output: (line) => log.output(line),
    });
    started.catch(() => packages.release(version.code.sha256));
    const warm = { version, log, credential, environment: await started };
    this.#living.set(credential.accessKeyId, warm);
    void warm.environment.closed.then(() => {
      if (this.#living.get(credential.accessKeyId) === warm) this.#living.delete(credential.accessKeyId);
      log.flush();
      return packages.release(version.code.sha256);
    });
    if (this.#closed) await warm.environment.kill();
    return warm;
  }

  /** Kills all environments, and each that would still be started. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#living.values()].map(({ environment }) => environment.kill()));
  }

  /** Lambda writes a function's log as the function's role: without its permission there is no log, as on AWS. */
  async #mayLog(
    { scope, settings }: FunctionVersion,
    credential: Credential,
    stream: string,
  ): Promise<boolean> {
    const { authorizer, logs } = this.#parts;
    const group = `arn:aws:logs:${scope.region}:${scope.accountId}:log-group:${settings.logging.group}`;
    const may = async (action: string, streamName: string) => {
      const decision = await authorizer.decide({
        principal: credential.principal,
        action,
        resource: `${group}:log-stream:${streamName}`,
        resourceAccountId: scope.accountId,
        context: {},
      });
      return decision.allowed;
    };
    if (!logs.hasGroup(scope, settings.logging.group)) {
      if (!(await may('logs:CreateLogGroup', ''))) return false;
      logs.createGroup(scope, settings.logging.group);
    }
    return (await may('logs:CreateLogStream', '')) && (await may('logs:PutLogEvents', stream));
  }
}

/** What Lambda says of a role that does not trust it. */
export const CANNOT_ASSUME = 'The role defined for the function cannot be assumed by Lambda.';
