import { createOwnPolicyReader } from './control/own-policy-reader.ts';
import type { AdvancingClock } from './core/advancing-clock.ts';
import type { Clock } from './core/clock.ts';
import { expiringLater } from './core/credential.ts';
import type { AwsRequest } from './core/request.ts';
import type { FaultInjector } from './faults/index.ts';
import { Directory, type DirectoryOptions } from './identity/directory.ts';
import { createPipeline, parentOf } from './pipeline/handle-request.ts';
import { currentRequest } from './pipeline/request-scope.ts';
import { createServices } from './services/index.ts';
import { createEndpointSelector } from './services/select-endpoint.ts';
import type { Trace } from './trace/store.ts';

type ServicesOptions = Parameters<typeof createServices>[0];

/** The options of {@link createAccounts}. */
export interface AccountsOptions
  extends Omit<ServicesOptions, 'clock' | 'lagMs' | 'directory' | 'faults' | 'trace'>,
    Pick<DirectoryOptions, 'accountIds' | 'organization' | 'administratorKeys'> {
  /** The time of everything that the accounts hold. */
  readonly clock: AdvancingClock;
  /** The time of the clients, by which they sign. */
  readonly clientClock: Clock;
  readonly faults: FaultInjector;
  readonly trace: Trace;
  readonly soft: boolean;
  onDefect(error: unknown, request: AwsRequest): void;
}

/** The accounts with everything in them. A reset replaces them. */
export type Accounts = ReturnType<typeof createAccounts>;

/** Makes empty accounts: their identities, the services, and the pipeline through which requests reach them. */
export function createAccounts(options: AccountsOptions) {
  const { clock, clientClock, faults, trace, soft, onDefect } = options;
  // Also for changes that CloudFormation makes after its request.
  const lagMs = () => currentRequest()?.lagMs;
  const directory = new Directory({ ...options, lagMs });
  const services = createServices({ ...options, lagMs, directory });
  const handle = createPipeline({
    selectEndpoint: createEndpointSelector(services.endpoints),
    credentials: {
      // Signatures are as old as the clients say, and sessions as old as the accounts say.
      findCredential: (accessKeyId) => expiringLater(directory.findCredential(accessKeyId), -clock.aheadMs),
    },
    authorizer: services.authorizer,
    clock: clientClock,
    trace,
    soft,
    faults,
    endSession: (accessKeyId, how) => directory.endSession(accessKeyId, how),
    parentRequest: (accessKeyId) => services.parentRequest(accessKeyId),
    onDefect,
  });
  return {
    directory,
    services,
    reader: createOwnPolicyReader(directory, services.deployed),
    /** Whether a function, during an invocation here, made the request. */
    hasCaused: (request: AwsRequest) => parentOf(request, services.parentRequest) !== undefined,
    handle: (request: AwsRequest) =>
      handle(clock.aheadMs === 0 ? request : { ...request, receivedAt: clock.now() }),
  };
}
