import { randomUUID } from 'node:crypto';
import type { ConditionKeys, Principal } from '@cross-account-api/iam';
import { defined } from '../../core/defined.ts';
import { AwsError } from '../../core/errors.ts';
import type { LagOptions } from '../../core/lag.ts';
import type { ParentRequests } from '../../core/parent-request.ts';
import type { PolicyPrincipals } from '../../core/policy-principals.ts';
import { refuses } from '../../pipeline/request-scope.ts';
import { restJsonEndpoint } from '../../protocols/json.ts';
import type { ResourceType } from '../resource-type.ts';
import type { S3Service } from '../s3/index.ts';
import { createCodePackages } from './code/packages.ts';
import { createAliasControl } from './functions/alias-control.ts';
import { createFunctionControl } from './functions/function-control.ts';
import { type FunctionReference, functionArn, parseFunctionArn } from './functions/function-name.ts';
import { createFunctionStates } from './functions/function-state.ts';
import { createUrlControl, type UrlControl } from './functions/url-control.ts';
import { createInspections } from './inspection/inspections.ts';
import { createWarmEnvironments } from './inspection/warm-environments.ts';
import { createBackgroundInvocations } from './invocation/background.ts';
import { createEnvironments, type EnvironmentOptions } from './invocation/environments.ts';
import { createInvoker, type InvokerOptions } from './invocation/invoker.ts';
import type { Invocation, InvocationResult, ServiceInvocationResult } from './invocation/result.ts';
import { aliasOperations } from './operations/aliases.ts';
import { concurrencyOperations } from './operations/concurrency.ts';
import { functionOperations } from './operations/functions.ts';
import { invokeOperation } from './operations/invoke.ts';
import { functionPermission } from './operations/operation.ts';
import { policyOperations } from './operations/policies.ts';
import { recursionOperations } from './operations/recursion.ts';
import { tagOperations } from './operations/tags.ts';
import { urlConfigOperations } from './operations/url-configs.ts';
import { aliasType } from './resources/alias.ts';
import { functionType } from './resources/function.ts';
import { permissionType } from './resources/permission.ts';
import { urlType } from './resources/url.ts';
import { versionType } from './resources/version.ts';
import { createPrograms } from './runtime/programs.ts';
import { openWorkspace, type Workspace } from './runtime/workspace.ts';
import { FunctionStore } from './store.ts';

/** The services that Lambda uses, and its limits. */
export interface LambdaServiceOptions extends EnvironmentOptions, InvokerOptions, LagOptions {
  readonly code: Pick<S3Service, 'read'>;
  readonly principals: PolicyPrincipals;
  /** Returns the address of local AWS, e.g. `http://127.0.0.1:4566`. */
  readonly origin: () => string;
  /** Resolves when no stack is being changed. Default: at once. */
  readonly stacksSettled?: () => Promise<void>;
  /** The waits before retries after an error, in milliseconds. Default one minute, then two, as on AWS. */
  readonly asyncRetryDelaysMs?: readonly number[];
  /** The time for which a function stays `Pending` or `InProgress` after a change by the API, in milliseconds. Default 0. */
  readonly changeMs?: number;
  /** Without `changeMs`: the time in which an update that no client has seen complete refuses the next one, in milliseconds. Default 0. */
  readonly unseenMs?: number;
}

/** Lambda as the rest of local AWS uses it. */
export type LambdaService = ReturnType<typeof createLambdaService>;

/** AWS Lambda: each execution environment is a process, which is frozen between invocations. */
export function createLambdaService(options: LambdaServiceOptions) {
  const { authorizer } = options;
  let opened: Promise<Workspace> | undefined;
  const workspace = () => {
    // If it cannot be opened, the next deployment tries again.
    opened ??= openWorkspace().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const store = new FunctionStore(options.principals, options);
  const packages = createCodePackages(async () => (await workspace()).folder, options.origin, options.report);
  const programs = createPrograms(options);
  const inspections = createInspections(options.inspect);
  const environments = createEnvironments(options, packages, programs, inspections, workspace);
  const { stacksSettled = async () => {} } = options;
  const parentRequests: ParentRequests = new Map();
  const warmEnvironments = createWarmEnvironments(
    store,
    environments,
    inspections,
    stacksSettled,
    parentRequests,
  );
  const invoker = createInvoker(options, store, environments, warmEnvironments, parentRequests);
  const background = createBackgroundInvocations(options.asyncRetryDelaysMs);
  const { changeMs = 0, unseenMs } = options;
  const states = createFunctionStates({ clock: options.clock, changeMs, unseenMs });
  const aliases = createAliasControl(store);
  const urls = createUrlControl(store, options.clock);
  const control = createFunctionControl({
    ...options,
    store,
    environments,
    packages,
    programs,
    keepsReplaced: changeMs > 0,
    changed: warmEnvironments.changed,
  });

  /** Invokes a function without authorization. */
  const run = (
    reference: FunctionReference,
    invocation: Omit<Invocation, 'invokedFunctionArn'>,
  ): Promise<InvocationResult> => {
    const version = states.ready(store.versionToRun(reference));
    const invokedFunctionArn = functionArn(reference);
    return invoker.run(store.get(reference), version, { ...invocation, invokedFunctionArn });
  };

  return {
    endpoint: restJsonEndpoint({
      signingName: 'lambda',
      operations: [
        ...functionOperations(control, packages, states),
        ...aliasOperations(store, aliases),
        ...policyOperations(store),
        ...concurrencyOperations(store),
        ...recursionOperations(store),
        ...tagOperations(store),
        ...urlConfigOperations(store, urls),
        invokeOperation(store, states, invoker, background),
      ],
    }),
    resourceTypes: [
      functionType(control),
      versionType(control),
      aliasType(store, aliases),
      permissionType(store),
      urlType(urls),
    ] as ResourceType[],
    /**
     * Invokes a function for an AWS service, if its resource policy allows it. The result has the decision.
     * @param source the resource that the service acts for
     * @param options.traceHeader the `X-Amzn-Trace-Id` of the service's request
     * @param options.principal the principal that invokes it, default the service; `options.context`: its condition keys
     */
    async invokeFor(
      service: string,
      arn: string,
      { sourceArn, sourceAccount }: { readonly sourceArn: string; readonly sourceAccount: string },
      payload: string,
      options: {
        readonly traceHeader?: string;
        readonly principal?: Principal;
        readonly context?: ConditionKeys;
      } = {},
    ): Promise<ServiceInvocationResult> {
      const reference = parseFunctionArn(arn);
      const requestId = randomUUID();
      const permission = functionPermission(store, reference);
      const decision = await authorizer.decide({
        ...permission,
        action: 'lambda:InvokeFunction',
        principal: options.principal ?? { type: 'Service', service },
        context: {
          ...permission.context,
          ...(options.context ?? { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': sourceAccount }),
        },
      });
      if (refuses(decision)) return { kind: 'denied', requestId, decision };
      const invocation = defined({ requestId, payload, traceHeader: options.traceHeader });
      try {
        return { ...(await run(reference, invocation)), decision };
      } catch (error) {
        if (error instanceof AwsError) return { kind: 'not-found', requestId, error, decision };
        throw error;
      }
    },
    run,
    /** The URLs of functions, without authorization. */
    urls: urls as Pick<UrlControl, 'byHost'>,
    /** The permission on a function, with the function's resource policy and tags. */
    permission: (reference: FunctionReference) => functionPermission(store, reference),
    /** What the function does that has these credentials. `undefined` if it does nothing now. */
    currentInvocation: (accessKeyId: string) => parentRequests.get(accessKeyId),
    /** Whether a debugger may attach to the function of an ARN. Then it has no time-outs. */
    isInspected: (arn: string) =>
      options.inspect !== undefined &&
      store.all().some((one) => {
        const own = functionArn(one);
        return (arn === own || arn.startsWith(`${own}:`)) && inspections.isInspected(one.latest);
      }),
    /** Resolves when each inspected function has an environment. */
    inspectorsReady: warmEnvironments.ready,
    download: packages.download,
    /** The functions and their resource policies, without authorization. */
    functions: store as Pick<FunctionStore, 'all' | 'find' | 'policy'>,
    settled: background.settled,
    /** Ends all processes and removes all files. */
    async close() {
      background.close();
      warmEnvironments.close();
      await environments.close();
      await background.settled();
      await (await opened)?.close();
    },
  };
}
