import type { Credential } from '../../../core/credential.ts';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Holds } from '../../../core/holds.ts';
import type { ServiceRoles } from '../../../identity/service-role.ts';
import type { CodePackages } from '../code/packages.ts';
import { accessDenied } from '../functions/errors.ts';
import { assumeFunctionRole } from '../functions/function-role.ts';
import type { Inspections, OpenInspection } from '../inspection/inspections.ts';
import { type ExecutionEnvironment, startEnvironment } from '../runtime/execution-environment.ts';
import { type Program, type ProgramOptions, type Programs, RUNTIME_FOLDER } from '../runtime/programs.ts';
import type { Workspace } from '../runtime/workspace.ts';
import type { FunctionVersion } from '../store.ts';
import { type EnvironmentLog, type LogOptions, openLog } from './log.ts';

/** An execution environment, with the properties that it keeps for life. */
export interface Environment {
  readonly version: FunctionVersion;
  readonly credential: Credential;
  readonly log: EnvironmentLog;
  readonly process: ExecutionEnvironment;
  /** Present if a debugger may attach. */
  readonly inspection: OpenInspection | undefined;
}

/** The settings of environments, and limits on how many are kept. */
export interface EnvironmentOptions extends LogOptions, ProgramOptions {
  readonly roles: Pick<ServiceRoles, 'assume'>;
  readonly holds: Holds;
  /** Adds the variables with which a function reaches local AWS. Is called each time a process starts. */
  readonly environment: (
    configured: Readonly<Record<string, string>>,
    accessKeyId: string,
  ) => Readonly<Record<string, string>>;
  /** The number of frozen environments that are kept, of all functions together. Default 40. */
  readonly maxIdle?: number;
  /** The time, in milliseconds, after which an idle environment ends. Default five minutes. */
  readonly idleMs?: number;
}

/** Credentials must stay valid for this long after the end of an invocation, in milliseconds. */
const CREDENTIAL_MARGIN_MS = 60_000;

/** All execution environments. */
export type Environments = ReturnType<typeof createEnvironments>;

/** Starts execution environments, keeps those that wait for an invocation, and ends them. */
export function createEnvironments(
  options: EnvironmentOptions,
  packages: CodePackages,
  programs: Programs,
  inspections: Inspections,
  openWorkspace: () => Promise<Workspace>,
) {
  const { clock, roles, holds, maxIdle = 40, idleMs = 5 * 60 * 1000 } = options;
  const living = new Set<Environment>();
  /** The frozen environments, with the timers that end them. The most recently used one is at the end. */
  const idle = new Map<Environment, NodeJS.Timeout | undefined>();
  const retired = new WeakSet<FunctionVersion>();
  let isClosed = false;
  let onEnd = () => {};

  const removeIdle = (environment: Environment) => {
    clearTimeout(idle.get(environment));
    idle.delete(environment);
  };
  const end = async (environment: Environment) => {
    removeIdle(environment);
    await environment.process.kill();
  };
  const outlivesInvocation = ({ credential, version }: Environment) => {
    const invocationEnd = clock.now().getTime() + version.settings.Timeout * 1000;
    const expiry = credential.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
    return expiry > invocationEnd + CREDENTIAL_MARGIN_MS;
  };
  const startProcess = async (
    version: FunctionVersion,
    credential: Credential,
    log: EnvironmentLog,
    inspection: OpenInspection | undefined,
  ) => {
    const { settings, code } = version;
    const workspace = await openWorkspace();
    const given = settings.Environment?.Variables ?? {};
    const configured = options.environment(given, credential.accessKeyId);
    const program = await programs.of(version, workspace.folder, configured, inspection);
    log.line(`INIT_START Runtime Version: ${program.version}`);
    return startEnvironment({
      ...defined({ wrapper: wrapperOf(given, code.taskRoot) }),
      workspace,
      program,
      holds,
      taskRoot: code.taskRoot,
      memorySizeMb: settings.MemorySize,
      variables: environmentVariables(version, credential, log.stream, program),
      output: (line) => log.line(line),
    });
  };

  return {
    /** Sets what happens after an environment has ended. */
    onEnd(listener: () => void): void {
      onEnd = listener;
    },

    /**
     * Takes the most recently used environment of this version whose credentials outlive an invocation. Others can then expire.
     * If the function is inspected, the environment to which a debugger is attached comes first.
     */
    take(version: FunctionVersion): Environment | undefined {
      const isHome = ({ inspection }: Environment) => Number(inspection?.isHome === true);
      const latestFirst = [...idle.keys()].reverse().sort((a, b) => isHome(b) - isHome(a));
      for (const environment of latestFirst) {
        if (environment.version !== version) continue;
        if (environment.process.isAlive() && outlivesInvocation(environment)) {
          removeIdle(environment);
          return environment;
        }
        void end(environment);
      }
      return undefined;
    },

    /** Gets the credentials for a new environment, opens its log and starts its process. Its init phase has not run yet. */
    async start(version: FunctionVersion): Promise<Environment> {
      const credential = await assumeFunctionRole(roles, version.settings.Role, version).catch(
        (error: unknown) => {
          throw error instanceof AwsError ? accessDenied(error.message) : error;
        },
      );
      const log = await openLog(version, credential.principal, options);
      packages.retain(version.code);
      let inspection: OpenInspection | undefined;
      const release = () => {
        inspection?.close();
        return packages.release(version.code);
      };
      const open = async () => {
        if (inspections.isInspected(version)) inspection = await inspections.open(version);
        return startProcess(version, credential, log, inspection);
      };
      const started = await open().catch(async (error: unknown) => {
        await release();
        throw error;
      });
      const environment = { version, credential, log, process: started, inspection };
      living.add(environment);
      void started.closed.then(() => {
        living.delete(environment);
        log.flush();
        return release();
      });
      void started.closed.then(() => onEnd());
      if (isClosed) await started.kill();
      return environment;
    },

    /** Keeps an environment after its invocation, or ends it if its process has died or its version is retired. */
    async put(environment: Environment): Promise<void> {
      if (!environment.process.isAlive() || retired.has(environment.version))
        return environment.process.kill();
      // A debugger is attached, or will be.
      const isKept = environment.inspection?.isHome === true;
      idle.set(environment, isKept ? undefined : setTimeout(() => void end(environment), idleMs).unref());
      const [longestIdle] = [...idle.keys()].filter(({ inspection }) => inspection?.isHome !== true);
      if (longestIdle !== undefined && idle.size > maxIdle) await end(longestIdle);
    },

    /** Ends the environments of a version that is no longer invoked; busy ones end after their invocation. */
    async retire(version: FunctionVersion): Promise<void> {
      retired.add(version);
      await Promise.all([...idle.keys()].filter((each) => each.version === version).map(end));
    },

    /** Ends all environments, also those that are about to start. */
    async close(): Promise<void> {
      isClosed = true;
      await Promise.all([...living].map(end));
    },
  };
}

/**
 * The program that starts the runtime, if the function names one
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper).
 */
function wrapperOf(
  { AWS_LAMBDA_EXEC_WRAPPER: wrapper }: Readonly<Record<string, string>>,
  taskRoot: string,
): readonly [path: string, shown: string] | undefined {
  return wrapper === undefined ? undefined : [wrapper.replace(/^\/var\/task(?=\/)/, taskRoot), wrapper];
}

/**
 * The complete environment of a function's process, as AWS sets it. It contains nothing of the server's environment
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime).
 */
function environmentVariables(
  { name, version, settings, region, code: { taskRoot } }: FunctionVersion,
  { accessKeyId, secretAccessKey, sessionToken }: Credential,
  logStream: string,
  program: Program,
): Readonly<Record<string, string>> {
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    LD_LIBRARY_PATH: `/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:${taskRoot}:${taskRoot}/lib:/opt/lib`,
    // Not the developer's home: the function must not read configuration files there.
    HOME: '/home/sbx_user1051',
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
    _AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1',
    _AWS_XRAY_DAEMON_PORT: '2000',
    ...program.variables,
    _HANDLER: settings.Handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${settings.Runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.MemorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: settings.LoggingConfig.LogGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: RUNTIME_FOLDER,
  };
}
