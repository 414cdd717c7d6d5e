import { Agent } from 'node:https';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { parseArn, type RouteFacts } from '@cross-account-api/iam';
import type { Account } from '../../aws/account.ts';
import { DEFAULT_STAGE } from '../../aws/api-url.ts';
import { ExplainError } from '../../aws/explain-error.ts';
import { find } from '../../aws/find.ts';
import { withoutControlPolicies } from '../../aws/policy-reader.ts';
import { findRoute, type MethodAndPath } from '../../call/find-route.ts';
import type { Chain } from '../../call/link.ts';
import {
  findTarget,
  nameOf,
  type OpenCall,
  openCall,
  type WalkableCall,
  walkCall,
} from '../../call/open-call.ts';
import { callOf } from '../../call-of.ts';
import { UsageError } from '../../command-line.ts';
import { type AnyApi, probesOfAnyApi } from '../../probes/any-api-probes.ts';
import { decide, judgeDenial, observeChain, withFullAccess } from '../../probes/evaluate.ts';
import { observeError, observeResponse, sessionsOf } from '../../probes/observe.ts';
import { sampleOfRoute } from '../../probes/operations.ts';
import {
  judge,
  type Observation,
  type Probe,
  type ProbeRequest,
  type ProbeResult,
} from '../../probes/probe.ts';
import { createPropagationRetry, type PropagationOptions } from '../../probes/propagation.ts';
import { type Keys, prepare, send } from '../../probes/send-signed.ts';

/** The options of a verification. */
export interface VerifyCallOptions {
  /** Whether other methods than GET and HEAD may be sent. */
  readonly allowWrite: boolean;
  /** The longest time in seconds for which refused calls are repeated. */
  readonly waitSeconds: number;
  readonly onResult?: ((result: ProbeResult) => void) | undefined;
  readonly onWait?: PropagationOptions['onWait'] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The process's own. */
  readonly environment: NodeJS.ProcessEnv;
}

/** The outcome of the probes of a call. */
export interface CallVerification {
  readonly pass: boolean;
  readonly results: readonly ProbeResult[];
  readonly notes: readonly string[];
}

/**
 * Refuses routes that could change something.
 * @throws UsageError that names the route and the rule
 */
export function checkRoutes(routes: readonly MethodAndPath[] = [], allowWrite: boolean): void {
  const unsafe = routes.find(({ method }) => !isSafe(method));
  if (unsafe === undefined || allowWrite) return;
  throw new UsageError(
    `--route "${unsafe.method} ${unsafe.path}": a request that gets through is executed, so only GET and HEAD are sent. If this route may be executed, add --allow-write. Else leave it out.`,
  );
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * Runs the probes of a call of any API, one after another.
 * @throws UsageError if an option is missing
 * @throws ExplainError if a profile cannot be used
 */
export async function verifyCall(
  call: WalkableCall,
  { allowWrite, waitSeconds, onResult, onWait, signal, environment }: VerifyCallOptions,
): Promise<CallVerification> {
  checkRoutes(call.routes, allowWrite);
  await using stack = new AsyncDisposableStack();
  const open = await openCall(call, 'verify');
  stack.defer(() => open.close());
  const { api, notes: ofCall } = await describe(call, open, allowWrite);
  const notes = [...ofCall];
  if (api.samples.length === 0) {
    throw new UsageError(
      'There is no route that may be sent. Give --route "GET /path", with --allow-write if there is no GET.',
    );
  }
  const agent = agentFor([...open.accounts.values()], environment);
  stack.defer(() => agent?.destroy());
  const observe = createCallProber({ call, open, api }, agent, ({ chain, notes: ofChain }) => {
    notes.push(...(chain.state === 'unread' ? [notRead(chain)] : []), ...ofChain);
  });
  const observeUntilSpread = createPropagationRetry({
    seconds: waitSeconds,
    signal,
    ...(onWait && { onWait }),
  });
  const results: ProbeResult[] = [];
  for (const probe of probesOfAnyApi(api)) {
    if (signal?.aborted === true) break;
    const observed = await observeUntilSpread(probe, () => observe(probe));
    const result = { probe, observed, pass: judge(probe.expected, observed) };
    results.push(result);
    onResult?.(result);
  }
  return {
    pass: results.every(({ pass }) => pass),
    results,
    notes,
  };
}

/** The facts about a call that its probes need. */
async function describe(
  call: WalkableCall,
  open: OpenCall,
  allowWrite: boolean,
): Promise<{ readonly api: AnyApi; readonly notes: readonly string[] }> {
  const { callerArn, roleArn, externalId, api: url } = call;
  const target = await findTarget(call, open);
  const facts = 'link' in target || target.apiUnread !== undefined ? undefined : target.api;
  const isSigned = ({ authorizationType }: RouteFacts) => authorizationType === 'AWS_IAM';
  const asked: readonly MethodAndPath[] =
    call.routes ?? facts?.routes.filter((route) => isSafe(route.method) && isSigned(route)) ?? [];
  const caller = parseArn(callerArn);
  const callerAccount = open.accounts.get(caller.accountId);
  const callerRoleArn =
    caller.service === 'iam'
      ? callerArn
      : (await find(caller.accountId, () => open.reader.function(callerArn))).facts?.roleArn;
  const identity = callerAccount && (await identityOf(callerAccount));
  const isCaller =
    identity !== undefined &&
    callerRoleArn !== undefined &&
    identity.startsWith(`${sessionsOf(callerRoleArn)}/`);
  const apiAccountId = open.api?.accountId ?? call.apiAccountId;
  return {
    api: {
      samples: asked.map(sampleOfRoute),
      region: url?.kind === 'default' ? url.region : (call.region ?? open.api?.sdk.region ?? 'us-east-1'),
      called: asked.flatMap((route) => findRoute(route, facts?.routes ?? []) ?? []),
      routes: facts?.routes,
      // Only an HTTP API has a URL without a stage.
      protocol:
        facts?.protocol ?? (url?.kind === 'default' && url.stage === DEFAULT_STAGE ? 'HTTP' : undefined),
      profiles: [
        ...(open.api === undefined ? [] : (['account A'] as const)),
        ...(callerAccount === undefined ? [] : (['account B'] as const)),
      ],
      isAcrossAccounts: caller.accountId !== apiAccountId,
      allowWrite,
      isCaller,
      callerRoleArn,
      roleArn,
      externalId,
    },
    notes: isCaller ? [] : [notTheCaller(call, identity)],
  };
}

function notTheCaller({ callerArn, callerProfile }: WalkableCall, identity: string | undefined): string {
  const reason =
    identity === undefined ? 'No --caller-profile was given' : `Profile "${callerProfile}" is ${identity}`;
  return `The call itself was not made: only ${callerArn} can make it. ${reason}. With a --caller-profile that has a session of the caller's role, it is made.`;
}

function notRead(chain: Chain): string {
  return `Not every policy of the call could be read: ${observeChain(chain).message}. ${callOf('explain')} with the same options names the missing permissions.`;
}

async function identityOf(account: Account): Promise<string | undefined> {
  const sts = new STSClient(account.sdk);
  try {
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn;
  } finally {
    sts.destroy();
  }
}

/**
 * The agent for APIs, through the proxy of the environment. If the SDK does not talk to AWS, the requests to the API
 * must not go there, either: its host is AWS's own.
 * @throws ExplainError if they are not
 */
function agentFor(accounts: readonly Account[], environment: NodeJS.ProcessEnv): Agent | undefined {
  const proxy = environment.HTTPS_PROXY ?? environment.https_proxy;
  const elsewhere = accounts.find(({ customEndpoint }) => customEndpoint !== undefined)?.customEndpoint;
  if (elsewhere !== undefined && !proxy) {
    throw new ExplainError(
      'WRONG_AWS',
      `The profiles point at ${elsewhere}, and the API's URL at AWS. Set HTTPS_PROXY and NODE_EXTRA_CA_CERTS for local AWS (source .local-aws/env), or use profiles of AWS.`,
    );
  }
  return proxy ? new Agent({ proxyEnv: { ...environment } }) : undefined;
}

interface Probed {
  readonly call: WalkableCall;
  readonly open: OpenCall;
  readonly api: AnyApi;
}

type WalkedCall = Awaited<ReturnType<typeof walkCall>>;

type RequestOf<Kind extends ProbeRequest['kind']> = Extract<ProbeRequest, { kind: Kind }>;

/** @param onWalk receives the chain of the call */
function createCallProber(
  { call, open, api }: Probed,
  agent: Agent | undefined,
  onWalk: (walked: WalkedCall) => void,
) {
  const callerAccount = open.accounts.get(parseArn(call.callerArn).accountId);
  let session: Keys | undefined;

  /** The keys with which the caller signs: its own, or a session of the role. */
  const callersKeys = async (account: Account): Promise<Keys> => {
    if (call.roleArn === undefined) return account.iam.config.credentials();
    session ??= await assume(account, call);
    return session;
  };

  const keysOf = async ({ credentials }: Probe): Promise<Keys | undefined> => {
    const account = credentials === 'account A' ? open.api : callerAccount;
    if (credentials === 'nobody' || account === undefined) return undefined;
    return credentials === 'the caller' ? callersKeys(account) : account.iam.config.credentials();
  };

  const sendSigned = async (request: RequestOf<'send'>, keys: Keys | undefined): Promise<Observation> => {
    const to = { url: call.api?.url ?? '', region: api.region, now: new Date() };
    return observeResponse(await send(await prepare(request, to, keys), agent));
  };

  const dryRun = async ({ route }: RequestOf<'dry run'>): Promise<Observation> => {
    const { functionArn = '' } =
      api.called.find(({ method, path }) => method === route.method && path === route.path) ?? {};
    const { StatusCode } =
      (await callerAccount
        ?.lambda(parseArn(functionArn).region)
        .send(new InvokeCommand({ FunctionName: functionArn, InvocationType: 'DryRun' }))) ?? {};
    return { outcome: String(StatusCode), message: 'Lambda would invoke the function' };
  };

  const onePolicyReader = withoutControlPolicies(open.reader);
  const admission = async ({ principal, externalId }: RequestOf<'admission'>): Promise<Observation> => {
    const ask = (subject: string, sent: string | undefined) =>
      decide(
        { principal: subject, action: 'sts:AssumeRole', resource: call.roleArn ?? '', region: api.region },
        withFullAccess(onePolicyReader, subject),
        {
          'sts:RoleSessionName': sessionNameOf(call),
          ...(sent !== undefined && { 'sts:ExternalId': sent }),
          ...(parseArn(call.callerArn).service === 'lambda' && {
            'lambda:SourceFunctionArn': call.callerArn,
          }),
        },
      );
    const legal = await ask(api.callerRoleArn ?? '', call.externalId);
    return judgeDenial(legal, await ask(principal, externalId), 'the caller’s role is not admitted either');
  };

  const run = async (probe: Probe): Promise<Observation> => {
    const { request } = probe;
    switch (request.kind) {
      case 'send':
        return sendSigned(request, await keysOf(probe));
      case 'dry run':
        return dryRun(request);
      case 'admission':
        return admission(request);
      default: {
        const walked = await walkCall(call, open);
        onWalk(walked);
        return observeChain(walked.chain);
      }
    }
  };
  return (probe: Probe): Promise<Observation> => run(probe).catch(observeError);
}

/** @throws the error of STS, if it refuses */
async function assume(account: Account, call: WalkableCall): Promise<Keys> {
  const sts = new STSClient(account.sdk);
  try {
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: call.roleArn,
        RoleSessionName: sessionNameOf(call),
        ExternalId: call.externalId,
        DurationSeconds: call.sessionSeconds,
      }),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = Credentials ?? {};
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  } finally {
    sts.destroy();
  }
}

function sessionNameOf({ sessionName, callerArn }: WalkableCall): string {
  return sessionName ?? nameOf(callerArn);
}
