import {
  type Allowed,
  createAuthorizer,
  type Decision,
  type NamedPolicy,
  type Principal,
} from '@cross-account-api/iam';
import { signRequest, type UnsignedRequest } from '../../authentication/signed-requests.testing.ts';
import type { Credential } from '../../core/credential.ts';
import { AwsError } from '../../core/errors.ts';
import { Holds } from '../../core/holds.ts';
import type { AwsRequest, AwsResponse } from '../../core/request.ts';
import { createPipeline } from '../../pipeline/handle-request.ts';
import { createTrace, type Trace } from '../../trace/store.ts';
import {
  createWorkbench,
  deployApi,
  scope,
  stoppedClock,
  type TestApi,
  type Workbench,
} from '../apigateway/workbench.testing.ts';
import type { ServiceInvocationResult } from '../lambda/invocation/result.ts';
import { createExecuteApiEndpoint } from './index.ts';
import type { proxyEvent } from './integrations/proxy-event.ts';

/** The initial time of the tests' clock. */
const start = '2026-11-24T12:00:00Z';

function session(accountId: string, roleName: string, accessKeyId: string): Credential {
  const principal: Principal = {
    type: 'AssumedRole',
    accountId,
    principalArn: `arn:aws:iam::${accountId}:role/${roleName}`,
    arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/caller`,
    userId: 'AROA00000000000000000:caller',
    tags: {},
    roleName,
    roleId: 'AROA00000000000000000',
    sessionName: 'caller',
    issuedAt: new Date(start),
    sessionPolicies: [],
    transitiveTagKeys: [],
  };
  return {
    accessKeyId,
    secretAccessKey: `${accessKeyId}-secret`,
    sessionToken: `${accessKeyId}-token`,
    expiresAt: new Date('2026-11-24T13:00:00Z'),
    principal,
  };
}

/** A session in the API's own account. */
export const ownCredential = session('111111111111', 'invoke', 'ASIAOWN0000000000000');
/** A session in another account. */
export const otherCredential = session('222222222222', 'caller', 'ASIAOTHER00000000000');

/** A policy that allows callers to invoke these resources. */
export function allowInvoke(...resources: readonly string[]): NamedPolicy {
  return {
    name: 'inline policy Invoke',
    document: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: resources }],
    },
  };
}

/** The decision of the fake Lambda on an invocation by API Gateway. */
export const invokeDecision: Allowed = {
  allowed: true,
  principalArn: 'apigateway.amazonaws.com',
  action: 'lambda:InvokeFunction',
  resource: 'arn:aws:lambda:eu-central-1:111111111111:function:api-local-handler',
  context: {},
  consulted: [],
  decidedBy: [],
};

/** One invocation of the fake Lambda. */
export interface Invoked {
  readonly functionArn: string;
  readonly event: ReturnType<typeof proxyEvent>;
  /** The ARN of the principal that invokes the function, or the service name of API Gateway. */
  readonly service: string;
  readonly source: { readonly sourceArn: string; readonly sourceAccount: string };
  readonly traceHeader: string;
}

/** Options of a {@link TestGateway}; all have defaults. */
export interface GatewayOptions extends Partial<TestApi> {
  /** The result of the function. Default: 200 with the body `ok`. */
  readonly answer?: unknown;
  /** The results of further functions by ARN, such as authorizers. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** Default: `ok`. */
  readonly outcome?: ServiceInvocationResult['kind'];
  /** The end of the invocation. Default: at once. */
  readonly until?: Promise<void>;
  /** The identity policies of every session. Default: one that allows every invocation. */
  readonly identityPolicies?: readonly NamedPolicy[];
  readonly credential?: Credential;
  /** Deploys the API. Default: a REST API. @returns its ID */
  readonly deploy?: (workbench: Workbench) => Promise<string>;
}

/** A deployed API behind the real pipeline: signatures and policies are checked. */
export interface TestGateway {
  readonly workbench: Workbench;
  readonly host: string;
  readonly restApiId: string;
  readonly clock: ReturnType<typeof stoppedClock>;
  readonly invoked: Invoked[];
  readonly logged: { group: string; stream: string; message: string; accountId: string }[];
  readonly decisions: Decision[];
  readonly trace: Trace;
  /** Returns a signed request to the API. */
  signed(init: UnsignedRequest, options?: SignOptions): AwsRequest;
  /** Signs a request and sends it. */
  send(init: UnsignedRequest, options?: SignOptions): Promise<AwsResponse>;
  /** Sends a request unchanged. */
  sendRaw(init: Partial<AwsRequest>): Promise<AwsResponse>;
}

/** Options of a signature. */
export interface SignOptions {
  readonly credential?: Pick<Credential, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>;
  readonly region?: string;
  readonly service?: string;
  readonly date?: Date;
  readonly expiresSeconds?: number;
}

/** Deploys an API; by default it has `GET` and `POST /messages`, IAM-authorized, in front of a function that answers 200. */
export async function createGateway(options: GatewayOptions = {}): Promise<TestGateway> {
  const clock = stoppedClock(start);
  const workbench = createWorkbench({ clock });
  const { deploy = (bench) => deployRestApi(bench, options) } = options;
  const restApiId = await deploy(workbench);
  const invoked: Invoked[] = [];
  const logged: TestGateway['logged'] = [];
  const decisions: Decision[] = [];
  const trace = createTrace();
  const authorizer = createAuthorizer({
    identityPolicies: () => options.identityPolicies ?? [allowInvoke('*')],
    permissionsBoundary: () => undefined,
    organizationOf: () => undefined,
  });
  const endpoint = createExecuteApiEndpoint({
    apis: workbench.apis,
    httpApis: workbench.httpApis,
    lambda: {
      async invokeFor(service, functionArn, source, payload, { traceHeader = '', principal } = {}) {
        const as = principal?.arn ?? service;
        invoked.push({ service: as, functionArn, event: JSON.parse(payload), source, traceHeader });
        const answer = options.answers?.[functionArn] ?? options.answer ?? { statusCode: 200, body: 'ok' };
        await options.until;
        return {
          kind: options.outcome ?? 'ok',
          payload: Buffer.from(JSON.stringify(answer)),
          requestId: '11111111-0000-4000-8000-000000000000',
          decision: invokeDecision,
        } as ServiceInvocationResult;
      },
      isInspected: () => false,
    },
    holds: new Holds(),
    async assumeRole(roleArn) {
      if (!roleArn.endsWith(':role/integration')) {
        throw new AwsError('InvalidParameterValueException', 'The role cannot be assumed.');
      }
      return session(scope.accountId, 'integration', 'ASIAINTEGRATION00000').principal;
    },
    logs: {
      write: ({ accountId }, group, stream, events) => {
        logged.push(...events.map(({ message }) => ({ group, stream, message, accountId })));
      },
    },
    authorizer,
    organizationOf: () => undefined,
    clock,
  });
  const credentials = [ownCredential, otherCredential];
  const pipeline = createPipeline({
    selectEndpoint: () => endpoint,
    credentials: {
      findCredential: (id) => credentials.find(({ accessKeyId }) => accessKeyId === id),
    },
    authorizer,
    clock,
    trace,
    parentRequest: () => undefined,
    onDefect: (error) => {
      throw error;
    },
  });
  const handle = async (request: AwsRequest): Promise<AwsResponse> => {
    const response = await pipeline(request);
    if ('severed' in response) throw new Error('the connection was cut, though no fault is injected');
    return response;
  };
  const host = `${restApiId}.execute-api.${scope.region}.amazonaws.com`;
  const signed = (init: UnsignedRequest, signing: SignOptions = {}) => ({
    ...signRequest(
      { host, rawPath: '/dev/messages', ...init },
      signing.credential ?? options.credential ?? ownCredential,
      {
        service: signing.service ?? 'execute-api',
        region: signing.region ?? scope.region,
        date: signing.date ?? clock.now(),
        ...(signing.expiresSeconds === undefined ? {} : { expiresSeconds: signing.expiresSeconds }),
      },
    ),
    receivedAt: clock.now(),
  });
  return {
    workbench,
    host,
    restApiId,
    clock,
    invoked,
    logged,
    decisions,
    trace,
    signed,
    send: (init, signing) => handle(signed(init, signing)),
    sendRaw: (init) =>
      handle({
        requestId: '00000000-0000-4000-8000-000000000001',
        method: 'GET',
        host,
        rawPath: '/dev/messages',
        rawQuery: '',
        headers: [['host', host]],
        body: Buffer.alloc(0),
        sourceIp: '127.0.0.1',
        secureTransport: true,
        receivedAt: clock.now(),
        ...init,
      }),
  };
}

async function deployRestApi(workbench: Workbench, options: GatewayOptions): Promise<string> {
  const routes = options.routes ?? [{ path: '/messages' }, { path: '/messages', method: 'POST' }];
  return (await deployApi(workbench, { ...options, routes })).restApiId;
}

/** The parts of a response that callers see. */
export function summary(response: AwsResponse): {
  readonly status: number;
  readonly errorType: unknown;
  readonly body: string;
} {
  return {
    status: response.status,
    errorType: headerOf(response, 'x-amzn-errortype'),
    body: Buffer.from(response.body).toString(),
  };
}

/** The value of a response's header; the case of the name does not matter. */
export function headerOf(response: AwsResponse, name: string): string | readonly string[] | undefined {
  return Object.entries(response.headers).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}
