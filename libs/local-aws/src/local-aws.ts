import { randomBytes } from 'node:crypto';
import { createAuthorizer, validatePolicy } from './authorization/index.ts';
import { type Clock, systemClock } from './core/clock.ts';
import type { Credential } from './core/principal.ts';
import type { AwsRequest } from './core/request.ts';
import { createFaultControl, FaultInjector, type FaultPlanInput } from './faults/index.ts';
import { createDirectory, createServiceRoles, type Directory } from './identity/index.ts';
import { createCertificateAuthority, type Listener, listen, type NetworkEvent } from './network/index.ts';
import type { Endpoint } from './pipeline/endpoint.ts';
import { createPipeline } from './pipeline/handle-request.ts';
import { currentRequest } from './pipeline/request-scope.ts';
import { createApiGatewayService } from './services/apigateway/index.ts';
import { createCloudFormationService } from './services/cloudformation/index.ts';
import { createDynamoDbService } from './services/dynamodb/index.ts';
import { createEcrService } from './services/ecr/index.ts';
import { createExecuteApiEndpoint } from './services/execute-api/index.ts';
import { createIamService } from './services/iam/index.ts';
import { createLambdaService, type LambdaServiceOptions } from './services/lambda/index.ts';
import { createLogsService } from './services/logs/index.ts';
import { createS3Service } from './services/s3/index.ts';
import { createEndpointSelector } from './services/select-endpoint.ts';
import { createStsService } from './services/sts/index.ts';
import {
  applyEnvironment,
  createStateDirectory,
  pointFunctionToLocalAws,
  pointToLocalAws,
  type RunningInstance,
} from './state-directory/index.ts';
import { removeAbandonedFolders } from './temporary/index.ts';
import { openTraceFile } from './trace/file.ts';
import { createTrace, type Trace } from './trace/store.ts';

/** The accounts of local AWS, and the profile that has each administrator's keys. */
export const localAccounts = [
  { profile: 'local-api', accountId: '111111111111' },
  { profile: 'local-caller', accountId: '222222222222' },
] as const;

/** How local AWS is started. */
export interface LocalAwsOptions {
  /** The folder in which the state directory `.local-aws` is made. */
  readonly root: string;
  /** 0 takes a free one. Default 4566. */
  readonly port?: number;
  /** The region that profiles name; every region answers. Default `us-east-1`. */
  readonly region?: string;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Faults to inject from the start. Default: none. They can be changed while it runs. */
  readonly faults?: FaultPlanInput;
  /**
   * Starts with accounts as AWS hands them out: without the role with which API Gateway writes access logs. Default: the
   * role is set in both.
   */
  readonly freshAccounts?: boolean;
  /** Told of what no client is told: defects of local AWS itself, refused hosts, clients that do not trust the CA. Default: stderr. */
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
  /** The fault plan in force, which may be replaced at any time. */
  readonly faults: FaultInjector;
  /** What was found in the place of the state directory and replaced, for a person. */
  readonly note: string | undefined;
  /**
   * Environment variables that point an AWS tool at this local AWS and nothing else.
   * @param profile Default `local-caller`
   */
  environment(profile?: string): Readonly<Record<string, string>>;
  /** Ends everything: connections, functions' processes, files with keys. */
  close(): Promise<void>;
}

/**
 * Starts local AWS: two accounts on 127.0.0.1 that enforce signatures, trust, identity and resource policies as AWS
 * does.
 * @throws FaultPlanError where the fault plan is not valid
 * @throws ListenError where the port cannot be had
 * @throws StateDirectoryError where another local AWS runs with the same root, or the directory cannot be used
 * @example
 * const aws = await startLocalAws({ root: projectRoot, port: 0 });
 * const sts = new STSClient({ endpoint: aws.url, region: 'us-east-1', credentials: fromIni({ profile: 'local-api' }) });
 * await aws.close();
 */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { root, port = 4566, region = 'us-east-1', clock = systemClock } = options;
  const report = options.report ?? ((message) => process.stderr.write(`local AWS: ${message}\n`));
  const faults = new FaultInjector(options.faults);
  await using stack = new AsyncDisposableStack();

  await removeAbandonedFolders();
  const state = await createStateDirectory(root);
  stack.defer(() => state.close());
  const certificateAuthority = await createCertificateAuthority();

  const trace = createTrace();
  const directory = createDirectory({ clock, accountIds: localAccounts.map(({ accountId }) => accountId) });
  let listener: Listener | undefined;
  const services = createServices({
    clock,
    directory,
    faults,
    report,
    freshAccounts: options.freshAccounts ?? false,
    functionEnvironment: (configured) =>
      applyEnvironment(configured, pointFunctionToLocalAws(listener?.url ?? '', state.files.ca)),
  });
  stack.defer(() => services.close());

  const handle = createPipeline({
    selectEndpoint: createEndpointSelector(services.endpoints),
    credentials: directory,
    authorizer: services.authorizer,
    clock,
    trace,
    faults: {
      next: (facts) => faults.next(facts),
      endSession: (accessKeyId, how) =>
        how === 'expire' ? directory.expireSession(accessKeyId) : directory.revokeSession(accessKeyId),
    },
    parentRequest: (credential) => parentRequest(credential, directory, services.currentInvocation),
    onDefect: (error, request) => report(`${request.method} ${request.rawPath}: ${detailsOf(error)}`),
  });

  const traceFile = openTraceFile(state.files.trace, report);
  stack.defer(() => traceFile.close());

  // Whoever can read it can read the administrators' keys as well.
  const controlToken = randomBytes(32).toString('base64url');
  listener = await listen({
    port,
    certificateAuthority,
    clock,
    onRequest: (request) => handle(throughOwnAddress(request)),
    health: () => ({ instanceId: state.instanceId }),
    control: createFaultControl(faults, controlToken),
    report: (event) => report(describeNetworkEvent(event)),
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
    note: state.note,
    environment: (profile = 'local-caller') =>
      pointToLocalAws({ ...instance, profile, files: state.files }).set,
    close: () => running.disposeAsync(),
  };
}

/** The services and what the rest needs of them. */
interface Services {
  readonly endpoints: readonly Endpoint[];
  readonly authorizer: ReturnType<typeof createAuthorizer>;
  /** The request for which the function with these credentials runs now: the parent of its own requests. */
  currentInvocation(accessKeyId: string): string | undefined;
  close(): Promise<void>;
}

function createServices(options: {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly faults: FaultInjector;
  readonly report: (message: string) => void;
  readonly freshAccounts: boolean;
  readonly functionEnvironment: LambdaServiceOptions['environment'];
}): Services {
  const { clock, directory, faults, report } = options;
  const authorizer = createAuthorizer(directory);
  const roles = createServiceRoles(directory, authorizer);

  const s3 = createS3Service({
    clock,
    checkPolicy: (document) => validatePolicy(document, 'resource'),
    principals: directory,
  });
  const logs = createLogsService({ clock });
  const dynamodb = createDynamoDbService();
  const ecr = createEcrService();
  const iam = createIamService(directory);
  const sts = createStsService(directory, { maxSessionSeconds: () => faults.maxSessionSeconds });
  const lambda = createLambdaService({
    clock,
    authorizer,
    principals: directory,
    code: s3,
    logs,
    roles: {
      assume: (roleArn, sessionName, sourceFunctionArn) =>
        roles.assume({
          roleArn,
          sessionName,
          service: 'lambda.amazonaws.com',
          durationSeconds: 12 * 3600,
          sourceFunctionArn,
        }),
    },
    environment: options.functionEnvironment,
    fault(invoked) {
      const fault = faults.nextForInvocation(invoked);
      if (fault === undefined) return undefined;
      currentRequest()?.faults.push(fault);
      return { action: fault.type === 'kill-function' ? 'kill' : 'stall', when: fault.when ?? 'before' };
    },
  });
  const apigateway = createApiGatewayService({
    clock,
    checkPolicy: (document) => validatePolicy(document, 'resource')[0],
    principals: directory,
    cloudWatchRoles: {
      isTrusting: (roleArn) => roles.isTrusting({ roleArn, service: 'apigateway.amazonaws.com' }),
      ...(options.freshAccounts ? { initial: () => undefined } : {}),
    },
  });
  const executeApi = createExecuteApiEndpoint({
    apis: apigateway.apis,
    lambda,
    logs,
    authorizer,
    clock,
    organizationOf: (accountId) => directory.organizationId(accountId),
    onLogFailure: (error) => report(`an access log could not be written: ${detailsOf(error)}`),
  });
  const cloudformation = createCloudFormationService({
    clock,
    templates: s3,
    resourceTypes: [iam, s3, logs, lambda, apigateway, dynamodb].flatMap(
      ({ resourceTypes }) => resourceTypes,
    ),
  });

  return {
    authorizer,
    endpoints: [iam, sts, s3, logs, lambda, apigateway, dynamodb, ecr, cloudformation]
      .map(({ endpoint }) => endpoint)
      .concat(executeApi),
    currentInvocation: (accessKeyId) => lambda.currentInvocation(accessKeyId),
    async close() {
      await cloudformation.idle();
      await lambda.close();
      await dynamodb.close();
    },
  };
}

/**
 * A request to local AWS's own address stands for one to the service's HTTPS endpoint, and never leaves this machine:
 * to a policy with `aws:SecureTransport` it is secure. A request for `http://<AWS host>` is not.
 */
function throughOwnAddress(request: AwsRequest): AwsRequest {
  const own = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(request.host);
  return own ? { ...request, secureTransport: true } : request;
}

/** The invocation in which a credential is used: that of the function whose credentials it is, or came from. */
function parentRequest(
  credential: Credential,
  directory: Directory,
  currentInvocation: (accessKeyId: string) => string | undefined,
): string | undefined {
  let current: Credential | undefined = credential;
  for (let depth = 0; current !== undefined && depth < 10; depth += 1) {
    const invocation = currentInvocation(current.accessKeyId);
    if (invocation !== undefined) return invocation;
    const { principal }: Credential = current;
    const issuedTo: string | undefined = principal.type === 'AssumedRole' ? principal.issuedTo : undefined;
    current = issuedTo === undefined ? undefined : directory.findCredential(issuedTo);
  }
  return undefined;
}

function describeNetworkEvent({ message, error }: NetworkEvent): string {
  return error === undefined ? message : `${message} ${detailsOf(error)}`;
}

function detailsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
