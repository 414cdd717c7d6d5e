import { randomUUID } from 'node:crypto';
import type { Authorizer } from '../../authorization/decision.ts';
import type { Clock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import type { PolicyPrincipals } from '../../core/policy-principals.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import { currentRequest } from '../../pipeline/request-scope.ts';
import { restJsonEndpoint } from '../../protocols/rest-json.ts';
import type { ResourceType } from '../resource-type.ts';
import { CodePackages } from './code/packages.ts';
import type { CodeStore, FunctionRoles, LogDestination } from './dependencies.ts';
import { FunctionControl } from './functions/function-control.ts';
import { type FunctionReference, functionArn, parseFunctionName } from './functions/function-name.ts';
import { AsyncInvocations } from './invocation/background.ts';
import { Concurrency } from './invocation/concurrency.ts';
import { EnvironmentPool } from './invocation/environment-pool.ts';
import { EnvironmentLauncher } from './invocation/environments.ts';
import { Invoker } from './invocation/invoker.ts';
import type { InvocationResult, ServiceInvocationResult } from './invocation/result.ts';
import { attributeRoutes } from './operations/attributes.ts';
import { functionRoutes } from './operations/functions.ts';
import { invokeRoute } from './operations/invoke.ts';
import { functionQuestion } from './operations/operation.ts';
import { functionType } from './resources/function.ts';
import { permissionType } from './resources/permission.ts';
import { versionType } from './resources/version.ts';
import type { FunctionFault } from './runtime/execution-environment.ts';
import { requireNode24 } from './runtime/node-version.ts';
import { Workspace } from './runtime/workspace.ts';
import { FunctionStore } from './store.ts';

export type { CodeStore, FunctionRoles, LogDestination, LogEvent } from './dependencies.ts';
export type { InvocationResult, ServiceInvocationResult } from './invocation/result.ts';
export type { FunctionFault } from './runtime/execution-environment.ts';

/** What Lambda needs of its surroundings, and its limits. */
export interface LambdaServiceOptions {
  readonly clock: Clock;
  readonly code: CodeStore;
  readonly logs: LogDestination;
  readonly roles: FunctionRoles;
  readonly authorizer: Authorizer;
  /** Keeps the principals of functions' policies. Default: they are taken as they are written. */
  readonly principals?: PolicyPrincipals;
  /**
   * Changes the variables that a function is configured with so that it reaches local AWS: endpoint, proxy,
   * certificates. Called at each start of a process.
   */
  readonly environment: (configured: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  /**
   * Modules that functions find without bundling them, as AWS's runtime brings the AWS SDK: name or scope → folder.
   * @example { '@aws-sdk': '/…/node_modules/@aws-sdk', '@smithy': '/…/node_modules/@smithy' }
   */
  readonly runtimeModules?: Readonly<Record<string, string>>;
  /** Concurrent executions of an account in a region. Default 50. */
  readonly concurrency?: number;
  /** Frozen environments kept, all functions together. Default 40. */
  readonly maxIdle?: number;
  /** Milliseconds for which an environment is kept without an invocation. Default five minutes. */
  readonly idleMs?: number;
  /** Milliseconds that an init phase may take before it is started again as part of the invocation. Default 10 s, as AWS. */
  readonly initLimitMs?: number;
  /** Waits before an event is tried again after an error, in milliseconds. Default as AWS: one minute, then two. */
  readonly asyncRetryDelaysMs?: readonly number[];
  /** Asked before each invocation for a fault to inject. */
  readonly fault?: (invoked: {
    readonly accountId: string;
    readonly functionName: string;
  }) => FunctionFault | undefined;
}

/** What may be said of an internal invocation. */
export interface InvokeOptions {
  /** Default: a new UUID. */
  readonly requestId?: string;
  readonly traceHeader?: string;
}

/** The Lambda service: see {@link createLambdaService}. */
export interface LambdaService {
  readonly endpoint: Endpoint;
  readonly resourceTypes: readonly ResourceType[];
  /** Invokes a function without asking whether anybody may. @param functionArn with or without qualifier */
  invoke(
    functionArn: string,
    payload: string | Uint8Array,
    options?: InvokeOptions,
  ): Promise<InvocationResult>;
  /**
   * Invokes a function for an AWS service, which the function's resource policy has to allow. The decision is in the
   * result, whatever came of it.
   * @param service e.g. `apigateway.amazonaws.com`
   * @param source what the service acts for: the values of `aws:SourceArn` and `aws:SourceAccount`
   */
  invokeFor(
    service: string,
    functionArn: string,
    source: { readonly sourceArn: string; readonly sourceAccount: string },
    payload: string | Uint8Array,
    options?: InvokeOptions,
  ): Promise<ServiceInvocationResult>;
  /** The request in the trace that caused the invocation which the holder of this access key runs now. */
  currentInvocation(accessKeyId: string): string | undefined;
  /** Resolves when no event invocation is running. */
  settled(): Promise<void>;
  /** Ends all processes and removes all files. */
  close(): Promise<void>;
}

/**
 * AWS Lambda: functions run in processes of their own that are frozen between invocations.
 * @throws Error where this process is not Node 24, on which functions run
 */
export function createLambdaService(options: LambdaServiceOptions): LambdaService {
  requireNode24(process.version, process.execPath);
  const { clock, fault } = options;
  let opened: Promise<Workspace> | undefined;
  const workspace = () => {
    opened ??= Workspace.open();
    return opened;
  };
  const store = new FunctionStore(options.principals);
  const packages = new CodePackages(async () => (await workspace()).folder, options.runtimeModules ?? {});
  const pool = new EnvironmentPool(
    { maxIdle: options.maxIdle ?? 40, idleMs: options.idleMs ?? 5 * 60 * 1000 },
    clock,
  );
  const launcher = new EnvironmentLauncher({
    ...options,
    packages,
    workspace,
    nodePath: process.execPath,
  });
  const invoker = new Invoker({
    clock,
    pool,
    launcher,
    initLimitMs: options.initLimitMs ?? 10_000,
    concurrency: new Concurrency(store, options.concurrency ?? 50),
    fault: ({ scope, functionName }) => fault?.({ accountId: scope.accountId, functionName }),
  });
  const background = new AsyncInvocations(options.asyncRetryDelaysMs ?? [60_000, 120_000]);
  const control = new FunctionControl({
    clock,
    store,
    pool,
    packages,
    code: options.code,
    roles: options.roles,
  });

  const invoke: LambdaService['invoke'] = async (arn, payload, invokeOptions = {}) => {
    const requestId = invokeOptions.requestId ?? randomUUID();
    try {
      const reference = parseFunctionArn(arn);
      return await invoker.run(store.get(reference), store.version(reference), {
        requestId,
        tracedRequestId: currentRequest()?.requestId ?? requestId,
        invokedFunctionArn: functionArn(reference),
        payload: Buffer.from(payload),
        ...(invokeOptions.traceHeader === undefined ? {} : { traceHeader: invokeOptions.traceHeader }),
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return { kind: 'not-found', requestId, error };
    }
  };

  return {
    endpoint: restJsonEndpoint({
      signingName: 'lambda',
      operations: [
        invokeRoute(store, invoker, background),
        ...functionRoutes(control),
        ...attributeRoutes(store),
      ],
    }),
    resourceTypes: [functionType(control), versionType(control), permissionType(store)] as ResourceType[],
    invoke,
    async invokeFor(service, arn, source, payload, invokeOptions = {}) {
      const requestId = invokeOptions.requestId ?? randomUUID();
      const reference = parseFunctionArn(arn);
      const decision = await options.authorizer.decide({
        ...functionQuestion(store, 'InvokeFunction', reference),
        principal: { type: 'Service', service },
        context: { 'aws:SourceArn': source.sourceArn, 'aws:SourceAccount': source.sourceAccount },
      });
      if (!decision.allowed) return { kind: 'denied', requestId, decision };
      return { ...(await invoke(arn, payload, { ...invokeOptions, requestId })), decision };
    },
    currentInvocation: (accessKeyId) => invoker.currentInvocation(accessKeyId),
    settled: () => background.settled(),
    async close() {
      background.close();
      pool.close();
      await launcher.close();
      await background.settled();
      await (await opened)?.close();
    },
  };
}

/** @throws AwsError `ValidationException` for what is no function's ARN */
function parseFunctionArn(arn: string): FunctionReference {
  const [, , , region = '', accountId = ''] = arn.split(':');
  return parseFunctionName(arn, { accountId, region });
}
