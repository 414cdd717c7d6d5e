import type { JsonWebKey } from 'node:crypto';
import { resolve } from 'node:path';
import { quoteForShell } from '@cross-account-api/iam';
import { scopeOf } from './authentication/read-signature.ts';
import { CONSOLE_PATH, createConsole } from './console/console.ts';
import { controlTokenFor } from './console/control-token.ts';
import { controlAnswer, HEALTH_PATH } from './control/control-request.ts';
import { createOwnPolicyReader } from './control/own-policy-reader.ts';
import { createPolicyControl } from './control/policy-control.ts';
import { type Clock, systemClock } from './core/clock.ts';
import { ClosingStack } from './core/closing-stack.ts';
import { errorDetails } from './core/errors.ts';
import type { AwsRequest } from './core/request.ts';
import { createFaultControl, FaultInjector, type FaultPlanInput } from './faults/index.ts';
import { Directory } from './identity/directory.ts';
import { type OrganizationInput, readOrganization } from './identity/organization.ts';
import { createCertificateAuthority } from './network/certificate-authority.ts';
import { type Listener, listen } from './network/listener.ts';
import { createPipeline } from './pipeline/handle-request.ts';
import { currentRequest } from './pipeline/request-scope.ts';
import { createServices } from './services/index.ts';
import { createEndpointSelector } from './services/select-endpoint.ts';
import {
  applyEnvironment,
  createStateDirectory,
  pointFunctionToLocalAws,
  pointToLocalAws,
  type RunningInstance,
} from './state-directory/index.ts';
import { removeAbandonedFolders } from './temporary/index.ts';
import { createTrace, type Trace } from './trace/event.ts';
import { openTraceFile } from './trace/file.ts';

/** The accounts of local AWS, and the profile that has each administrator's keys. */
export const localAccounts = [
  { profile: 'local-api', accountId: '111111111111' },
  { profile: 'local-caller', accountId: '222222222222' },
] as const;

/** Options of {@link startLocalAws}. */
export interface LocalAwsOptions {
  /** The folder in which the state directory `.local-aws` is made. */
  readonly root: string;
  /** 0 takes a free port. Default 4566. */
  readonly port?: number;
  /** The region that profiles name; every region answers. Default `us-east-1`. */
  readonly region?: string;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Faults to inject from the start. Default: none. They can be changed while it runs. */
  readonly faults?: FaultPlanInput;
  /**
   * Starts with accounts as AWS creates them, without API Gateway's role for access logs. A function that the API creates or changes
   * is `Pending` or `InProgress` for two seconds. Default: both accounts have the role, and functions are ready at once.
   */
  readonly freshAccounts?: boolean;
  /** Public keys of OpenID Connect issuers, by URL, for AssumeRoleWithWebIdentity. Default: none, so every token is refused. */
  readonly tokenIssuers?: Readonly<Record<string, readonly JsonWebKey[]>>;
  /** The AWS organization of the accounts, or a JSON or YAML file that holds one. Default: none. */
  readonly organization?: string | OrganizationInput;
  /** Lets requests through that a policy denies, and marks them in the trace. Signatures are still checked. Default: `false`. */
  readonly soft?: boolean;
  /** Receives errors that clients never see: defects of local AWS, refused hosts, clients that do not trust the CA. Default: stderr. */
  readonly report?: (message: string) => void;
}

/** A running local AWS. */
export interface LocalAws {
  readonly instance: RunningInstance;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly trace: Trace;
  /** Accounts, users, roles and sessions, past all authorization. */
  readonly directory: Directory;
  /** The fault plan, which may be changed at any time. */
  readonly faults: FaultInjector;
  /** The console's address, with the token that lets its page read and change this local AWS. */
  readonly consoleUrl: string;
  /** The console with all calls so far, as one file that needs no local AWS. */
  saveConsole(): Promise<string>;
  /** A message about an earlier state directory that was replaced. */
  readonly note: string | undefined;
  /** Environment variables that point an AWS tool at this local AWS and nothing else, as a profile (default `local-caller`). */
  environment(profile?: string): Readonly<Record<string, string>>;
  /** Ends everything: connections, functions' processes, files with keys. */
  close(): Promise<void>;
}

/**
 * Starts local AWS: two accounts on 127.0.0.1 that enforce signatures, trust, identity and resource policies as AWS does.
 * @throws FaultPlanError, OrganizationError, ListenError, or StateDirectoryError, e.g. if another local AWS runs with the same root
 * @example const aws = await startLocalAws({ root: '/path/of/project', port: 0 }); // at the end: await aws.close();
 */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { root, port = 4566, region = 'us-east-1', clock = systemClock } = options;
  const report = options.report ?? ((message) => process.stderr.write(`local AWS: ${message}\n`));
  const faults = new FaultInjector(options.faults);
  const accountIds = localAccounts.map(({ accountId }) => accountId);
  const organization =
    typeof options.organization === 'string'
      ? await readOrganization(options.organization, accountIds)
      : options.organization;
  // Also for changes that CloudFormation makes after its request.
  const lagMs = () => currentRequest()?.lagMs;
  const directory = new Directory({ clock, lagMs, accountIds, organization });
  await using stack = new ClosingStack();

  await removeAbandonedFolders();
  const state = await createStateDirectory(root);
  stack.defer(() => state.close());
  const certificateAuthority = await createCertificateAuthority();

  const trace = createTrace();
  let listener: Listener | undefined;
  const services = createServices({
    clock,
    lagMs,
    directory,
    faults,
    freshAccounts: options.freshAccounts ?? false,
    tokenIssuers: options.tokenIssuers,
    trace,
    report,
    async trustHost(hostname) {
      await certificateAuthority.addHost(hostname);
      await state.publishCertificates(certificateAuthority.certificatePem);
    },
    projects: [resolve(root), process.cwd()],
    origin: () => listener?.url ?? '',
    functionEnvironment: (configured, accessKeyId) =>
      applyEnvironment(configured, pointFunctionToLocalAws(listener?.url ?? '', state.files.ca, accessKeyId)),
  });
  stack.defer(() => services.close());

  const handle = createPipeline({
    selectEndpoint: createEndpointSelector(services.endpoints),
    credentials: directory,
    authorizer: services.authorizer,
    clock,
    trace,
    soft: options.soft ?? false,
    faults,
    endSession: (accessKeyId, how) => directory.endSession(accessKeyId, how),
    parentRequest: (accessKeyId) => services.parentRequest(accessKeyId),
    onDefect: (error, request) => report(`${request.method} ${request.rawPath}: ${errorDetails(error)}`),
  });

  const traceFile = openTraceFile(state.files.trace, report);
  stack.defer(() => traceFile.close());

  // A program that can read it can also read the administrators' keys.
  const controlToken = controlTokenFor(state.earlierControlToken, systemClock.now());
  const controlFaults = createFaultControl(faults, controlToken);
  const reader = createOwnPolicyReader(directory, services.deployed);
  const controlPolicies = createPolicyControl(reader, controlToken);
  const webConsole = createConsole({
    token: controlToken,
    instance: () => ({
      instanceId: state.instanceId,
      url: listener?.url ?? '',
      region,
      accounts: localAccounts,
      soft: options.soft ?? false,
    }),
    trace,
    directory,
    deployed: services.deployed,
    reader,
    faults,
    clock,
    handle,
    texts: { cliOf: (accountId) => cliOf(accountId, state.files.env) },
  });
  const health = ({ rawPath }: AwsRequest) =>
    rawPath === HEALTH_PATH
      ? controlAnswer(200, { instanceId: state.instanceId, traceGap: traceFile.gap() })
      : undefined;
  listener = await listen({
    port,
    certificateAuthority,
    clock,
    onRequest: handle,
    isKnown: (head) => directory.findCredential(scopeOf(head)?.accessKeyId ?? '') !== undefined,
    isCustomDomain: (hostname) => services.endpoints.some((endpoint) => endpoint.answersFor?.(hostname)),
    control: async (request) =>
      health(request) ??
      controlFaults(request) ??
      controlPolicies(request) ??
      (await services.download(request)) ??
      webConsole.answer(request),
    report: (message, error) => report(error === undefined ? message : `${message} ${errorDetails(error)}`),
  });
  stack.defer(() => listener?.close());
  trace.subscribe((event) => traceFile.write(event));

  const instance = await state.publish({
    port: listener.port,
    region,
    certificatePem: certificateAuthority.certificatePem,
    profiles: localAccounts.map(({ profile, accountId }) => {
      const { accessKeyId, secretAccessKey } = directory.administrator(accountId);
      return { profile, accountId, accessKeyId, secretAccessKey };
    }),
    organizationId: localAccounts
      .map(({ accountId }) => directory.organizationOf(accountId)?.organizationId)
      .find((id) => id !== undefined),
    profile: 'local-caller',
    controlToken,
  });
  const running = stack.move();
  return {
    instance,
    url: instance.url,
    trace,
    directory,
    faults,
    consoleUrl: `${instance.url}${CONSOLE_PATH}#token=${controlToken}`,
    saveConsole: () => webConsole.save(),
    note: state.note,
    environment: (profile = 'local-caller') =>
      pointToLocalAws({ ...instance, profile, files: state.files }).set,
    close: () => running[Symbol.asyncDispose](),
  };
}

/** Sources `env`, so it works in any shell. */
function cliOf(accountId: string, env: string): string {
  const profile = localAccounts.find((account) => account.accountId === accountId)?.profile ?? 'default';
  return `. ${quoteForShell(env)} && aws --profile ${profile}`;
}
