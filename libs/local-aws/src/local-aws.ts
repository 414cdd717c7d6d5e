import type { JsonWebKey } from 'node:crypto';
import { resolve } from 'node:path';
import { quoteForShell } from '@cross-account-api/command-line/text';
import { type AccountsOptions, createAccounts } from './accounts.ts';
import { scopeOf } from './authentication/read-signature.ts';
import { CONSOLE_PATH, createConsole } from './console/console.ts';
import { controlTokenFor } from './console/control-token.ts';
import { controlAnswer, HEALTH_PATH } from './control/control-request.ts';
import { createPolicyControl } from './control/policy-control.ts';
import { createSourceMapControl, createSourceMaps } from './control/source-map-control.ts';
import { AdvancingClock } from './core/advancing-clock.ts';
import { type Clock, systemClock } from './core/clock.ts';
import { ClosingStack } from './core/closing-stack.ts';
import { errorDetails } from './core/errors.ts';
import { Holds } from './core/holds.ts';
import { localProfile } from './core/local-account.ts';
import type { AwsRequest, AwsResponse, Severed } from './core/request.ts';
import { RequestGate } from './core/request-gate.ts';
import { createFaultControl, FaultInjector, type FaultPlanInput } from './faults/index.ts';
import type { Directory } from './identity/directory.ts';
import type { OrganizationInput } from './identity/organization.ts';
import { createCertificateAuthority } from './network/certificate-authority.ts';
import { type Listener, listen } from './network/listener.ts';
import { checkOptions } from './options.ts';
import { readAccounts } from './read-accounts.ts';
import type { InspectOptions } from './services/lambda/inspection/inspect-options.ts';
import {
  applyEnvironment,
  createStateDirectory,
  pointFunctionToLocalAws,
  pointToLocalAws,
  type RunningInstance,
} from './state-directory/index.ts';
import { checkTemporaryFolders, removeAbandonedFolders } from './temporary/index.ts';
import { openTraceFile } from './trace/file.ts';
import { createTrace, type Trace } from './trace/store.ts';

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
  /** IDs of further accounts. Default: only those that are always there, and those that the organization names. */
  readonly accounts?: readonly string[];
  /**
   * Starts with accounts as AWS creates them, without API Gateway's role for access logs. A function that the API creates or changes
   * is `Pending` or `InProgress` for two seconds. Default: all accounts have the role, and functions are ready at once.
   */
  readonly freshAccounts?: boolean;
  /** Public keys of OpenID Connect issuers, by URL, for AssumeRoleWithWebIdentity. Default: none, so every token is refused. */
  readonly tokenIssuers?: Readonly<Record<string, readonly JsonWebKey[]>>;
  /** The AWS organization, or a JSON or YAML file that holds one. Local AWS has the accounts that it names. Default: none. */
  readonly organization?: string | OrganizationInput;
  /** Lets requests through that a policy denies, and marks them in the trace. Signatures are still checked. Default: `false`. */
  readonly soft?: boolean;
  /** Lets debuggers attach to functions. Then these have no time-outs, no limit of memory, and are not frozen. Default: none. */
  readonly inspect?: InspectOptions;
  /** Receives errors that clients never see: defects of local AWS, refused hosts, clients that do not trust the CA. Default: stderr. */
  readonly report?: (message: string) => void;
}

/** A running local AWS. */
export interface LocalAws {
  readonly instance: RunningInstance;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly trace: Trace;
  /** Accounts, users, roles and sessions, past all authorization. A reset replaces it. */
  readonly directory: Directory;
  /** The fault plan, which may be changed at any time. */
  readonly faults: FaultInjector;
  /** The console's address, with the token that lets its page read and change this local AWS. */
  readonly consoleUrl: string;
  /** The console with all calls so far, as one file that needs no local AWS. */
  saveConsole(): Promise<string>;
  /** A message about an earlier state directory that was replaced. */
  readonly note: string | undefined;
  /**
   * Environment variables that point an AWS tool at this local AWS and nothing else, as a profile (default `local-caller`).
   * @throws TypeError if no account has this profile
   */
  environment(profile?: string): Readonly<Record<string, string>>;
  /**
   * Lets time pass in the accounts: sessions expire, changes take effect, and policies see the later time. Clients and functions keep the
   * machine's time, so their signatures stay valid. @throws RangeError if `ms` is negative
   */
  advance(ms: number): void;
  /**
   * Makes the accounts empty, as at the start: without deployed resources, calls and advanced time, and with the first fault plan. It waits
   * for the requests in flight; others wait for it. Port, certificates and the administrators' keys stay, so clients go on. What
   * functions do after their answer is cut off.
   */
  reset(): Promise<void>;
  /** Resolves when no stack is being created, changed or deleted. */
  stacksSettled(): Promise<void>;
  /** Resolves when each function that is inspected has an environment to which a debugger can attach. */
  inspectorsReady(): Promise<void>;
  /** Ends everything: connections, functions' processes, files with keys. */
  close(): Promise<void>;
}

/**
 * Starts local AWS: accounts on 127.0.0.1 that enforce signatures, trust, identity and resource policies as AWS does.
 * @throws OptionsError, TemporaryFolderError, FaultPlanError, OrganizationError, ListenError, or StateDirectoryError, e.g. if another local AWS runs with the same root
 * @example const aws = await startLocalAws({ root: '/path/of/project', port: 0 }); // at the end: await aws.close();
 */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  checkOptions(options);
  const { root, port = 4566, region = 'us-east-1', clock: clientClock = systemClock } = options;
  const report = options.report ?? ((message) => process.stderr.write(`local AWS: ${message}\n`));
  const clock = new AdvancingClock(clientClock);
  const faults = new FaultInjector(options.faults);
  const { accounts: localAccounts, organization } = await readAccounts(options);
  const accountIds = localAccounts.map(({ accountId }) => accountId);
  await using stack = new ClosingStack();

  await checkTemporaryFolders();
  await removeAbandonedFolders();
  const state = await createStateDirectory(root);
  stack.defer(() => state.close());
  const certificateAuthority = await createCertificateAuthority();

  const trace = createTrace({ report });
  const holds = new Holds();
  const sourceMaps = createSourceMaps();
  let listener: Listener | undefined;
  const newAccounts = (administratorKeys?: AccountsOptions['administratorKeys']) =>
    createAccounts({
      clock,
      clientClock,
      accountIds,
      organization,
      administratorKeys,
      faults,
      freshAccounts: options.freshAccounts ?? false,
      tokenIssuers: options.tokenIssuers,
      trace,
      soft: options.soft ?? false,
      report,
      holds,
      inspect: options.inspect && { sourceMap: sourceMaps.find, ...options.inspect },
      onDefect: (error, request) => report(`${request.method} ${request.rawPath}: ${errorDetails(error)}`),
      async trustHost(hostname) {
        await certificateAuthority.addHost(hostname);
        await state.publishCertificates(certificateAuthority.certificatePem);
      },
      projects: [resolve(root), process.cwd()],
      origin: () => listener?.url ?? '',
      functionEnvironment: (configured, accessKeyId) =>
        applyEnvironment(
          configured,
          pointFunctionToLocalAws(listener?.url ?? '', state.files.ca, accessKeyId),
        ),
    });
  let accounts = newAccounts();
  stack.defer(() => accounts.services.close());

  const gate = new RequestGate();
  const handle = async (request: AwsRequest): Promise<AwsResponse | Severed> => {
    const isCaused = () => accounts.hasCaused(request);
    return (await gate.pass(isCaused, () => accounts.handle(request))) ?? { severed: true };
  };

  const traceFile = openTraceFile(state.files.trace, report);
  stack.defer(() => traceFile.close());

  // A program that can read it can also read the administrators' keys.
  const controlToken = controlTokenFor(state.earlierControlToken, systemClock.now());
  const controlFaults = createFaultControl(faults, controlToken);
  let resets = 0;
  const newControl = () => {
    const { directory, reader, services } = accounts;
    const webConsole = createConsole({
      token: controlToken,
      instance: () => ({
        // The page forgets the calls of another instance.
        instanceId: resets === 0 ? state.instanceId : `${state.instanceId}-${resets}`,
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
      clientClock,
      handle,
      texts: { cliOf: (accountId) => cliOf(accountId, state.files.env) },
    });
    return { webConsole, policies: createPolicyControl(reader, controlToken) };
  };
  const wantsSourceMaps = options.inspect !== undefined && options.inspect.sourceMap === undefined;
  const takeSourceMaps = createSourceMapControl(wantsSourceMaps ? sourceMaps : undefined, controlToken);
  let control = newControl();
  const health = ({ rawPath }: AwsRequest) =>
    rawPath === HEALTH_PATH
      ? controlAnswer(200, { instanceId: state.instanceId, traceGap: traceFile.gap() })
      : undefined;
  listener = await listen({
    port,
    certificateAuthority,
    clock: clientClock,
    onRequest: handle,
    holds,
    isKnown: (head) => accounts.directory.findCredential(scopeOf(head)?.accessKeyId ?? '') !== undefined,
    isCustomDomain: (hostname) =>
      accounts.services.endpoints.some((endpoint) => endpoint.answersFor?.(hostname)),
    control: async (request) =>
      health(request) ??
      controlFaults(request) ??
      control.policies(request) ??
      takeSourceMaps(request) ??
      (await accounts.services.download(request)) ??
      control.webConsole.answer(request),
    report: (message, error) => report(error === undefined ? message : `${message} ${errorDetails(error)}`),
  });
  stack.defer(() => listener?.close());
  trace.subscribe(traceFile.write);

  const instance = await state.publish({
    port: listener.port,
    region,
    certificatePem: certificateAuthority.certificatePem,
    profiles: localAccounts.map(({ profile, accountId }) => {
      const { accessKeyId, secretAccessKey } = accounts.directory.administrator(accountId);
      return { profile, accountId, accessKeyId, secretAccessKey };
    }),
    organizationId: localAccounts
      .map(({ accountId }) => accounts.directory.organizationOf(accountId)?.organizationId)
      .find((id) => id !== undefined),
    profile: 'local-caller',
    controlToken,
  });
  const running = stack.move();
  return {
    instance,
    url: instance.url,
    trace,
    get directory() {
      return accounts.directory;
    },
    faults,
    consoleUrl: `${instance.url}${CONSOLE_PATH}#token=${controlToken}`,
    saveConsole: () => control.webConsole.save(),
    note: state.note,
    environment(profile = 'local-caller') {
      const profiles = instance.accounts.map((account) => account.profile);
      if (!profiles.includes(profile))
        throw new TypeError(`There is no profile ${profile}. There are ${profiles.join(', ')}.`);
      return pointToLocalAws({ ...instance, profile, files: state.files }).set;
    },
    advance: (ms) => clock.advance(ms),
    reset: () =>
      gate.alone(async () => {
        const { directory, services } = accounts;
        try {
          await services.close();
        } finally {
          clock.reset();
          if (options.faults === undefined) faults.clear();
          else faults.set(options.faults);
          accounts = newAccounts((accountId) => directory.administrator(accountId));
          resets += 1;
          control = newControl();
          trace.clear();
        }
      }),
    stacksSettled: () => accounts.services.stacksSettled(),
    inspectorsReady: () => accounts.services.inspectorsReady(),
    close: () => running[Symbol.asyncDispose](),
  };
}

/** Sources `env`, so it works in any shell. */
function cliOf(accountId: string, env: string): string {
  return `. ${quoteForShell(env)} && aws --profile ${localProfile(accountId)}`;
}
