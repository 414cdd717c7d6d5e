import { randomUUID } from 'node:crypto';
import type { Agent } from 'node:https';
import { InvokeCommand, LambdaClient, LogType } from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { parseArn } from '@cross-account-api/iam';
import type { Account } from '../aws/account.ts';
import { defaultOriginOf } from '../aws/api-url.ts';
import { isFunction } from '../call/pair.ts';
import { type WalkedCall, walkCall } from '../call/walk-call.ts';
import type { ContractOperation } from '../project/contract.ts';
import {
  evaluateAdmission,
  evaluateFurtherCaller,
  evaluateGrant,
  observeChain,
  observeServedRoutes,
  type Probed,
} from './evaluate.ts';
import { type InvocationReport, invocationReport } from './invocation-report.ts';
import {
  observeCall,
  observeError,
  observeInvocation,
  observeResponse,
  readResult,
  servedBy,
  sessionsOf,
} from './observe.ts';
import { eventOf, requestOf } from './operations.ts';
import type { Observation, Probe, ProbeRequest } from './probe.ts';
import { callingRole } from './probes-of-stage.ts';
import { type ProbeKeys, prepare, send } from './send-signed.ts';

/** A message that the API has executed and remembers under its idempotency key. */
export interface SentMessage {
  readonly operation: Pick<ContractOperation, 'method' | 'path'>;
  readonly idempotencyKey: string;
  /** The caller, as the API saw it. */
  readonly callerArn: string;
}

/** Runs probes. */
export interface Prober {
  /** Makes a probe's requests. An error is an observation, too. */
  observe(probe: Probe): Promise<Observation>;
  /** The messages that the API has executed so far. */
  readonly sent: readonly SentMessage[];
  /** Lambda's reports of the invocations of the caller function so far. */
  readonly calls: readonly InvocationReport[];
  /** The chain of the call, as the last probe of it saw it. */
  walked(): WalkedCall | undefined;
}

type RequestOf<Kind extends ProbeRequest['kind']> = Extract<ProbeRequest, { kind: Kind }>;

/** The shortest session that STS issues. Nothing uses it: it should not exist. */
const SESSION_SECONDS = 900;

/**
 * Makes the runner for the probes of a call.
 * @param agent for the API
 */
export function createProber(probed: Probed, agent: Agent | undefined): Prober {
  const { call, open, found } = probed;
  const { side, pair } = found;
  const region = pair?.api.region ?? call.region ?? open.api?.sdk.region ?? 'us-east-1';
  const callerAccount = open.accounts.get(parseArn(call.callerArn).accountId);
  const sent: SentMessage[] = [];
  const calls: InvocationReport[] = [];
  let walked: WalkedCall | undefined;
  let callersKeys: Promise<ProbeKeys> | undefined;

  /** The account whose profile makes the request; `undefined` if no profile does. */
  const accountOf = ({ credentials }: Probe): Account | undefined => {
    if (credentials === 'account A') return open.api;
    return credentials === 'account B' || credentials === 'the caller' ? callerAccount : undefined;
  };

  /** @throws the error of STS, if it refuses */
  const assume = async (account: Account, DurationSeconds = call.sessionSeconds): Promise<ProbeKeys> => {
    const sts = new STSClient(account.sdk);
    try {
      const { Credentials } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: side.invokeRoleArn,
          RoleSessionName: side.sessionName,
          ExternalId: side.externalId,
          DurationSeconds,
        }),
      );
      const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = Credentials ?? {};
      return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    } finally {
      sts.destroy();
    }
  };

  const keysOf = async (probe: Probe): Promise<ProbeKeys | undefined> => {
    const account = accountOf(probe);
    if (account === undefined) return undefined;
    if (probe.credentials !== 'the caller' || side.invokeRoleArn === undefined) {
      return account.iam.config.credentials();
    }
    // A session that was refused is asked for again.
    callersKeys ??= assume(account).catch((error: unknown) => {
      callersKeys = undefined;
      throw error;
    });
    return callersKeys;
  };

  const invokeCaller = async (event: unknown, lambda: LambdaClient) => {
    const FunctionName = isFunction(side.caller) ? side.caller.arn : undefined;
    const input = { FunctionName, Payload: JSON.stringify(event), LogType: LogType.Tail };
    const output = await lambda.send(new InvokeCommand(input));
    const report = invocationReport(Buffer.from(output.LogResult ?? '', 'base64').toString());
    if (report !== undefined) calls.push(report);
    return readResult(output);
  };

  const lambdaOfCaller = () => requireAccount(callerAccount).lambda(regionOfCaller());

  /** Without the mark of `verify`: nothing that an event of the user meets is meant to be refused, so `explain` must find it. */
  const unmarkedLambda = () => {
    const { client, sdk } = requireAccount(callerAccount);
    const { customUserAgent: _, ...settings } = sdk;
    return client('lambda, unmarked', () => new LambdaClient({ ...settings, region: regionOfCaller() }));
  };

  const regionOfCaller = () => parseArn(call.callerArn).region || region;

  const callByFunction = async ({ operation, repeated }: RequestOf<'call'>): Promise<Observation> => {
    const role = callingRole(side);
    const idempotencyKey = operation.takesKey ? `verify-${randomUUID()}` : undefined;
    const event = eventOf(operation, idempotencyKey);
    const results = [];
    for (const _ of repeated === true ? [1, 2] : [1]) {
      const result = await invokeCaller(event, lambdaOfCaller());
      results.push(result);
      const served = servedBy(result);
      if (served !== undefined && idempotencyKey !== undefined) {
        const callerArn = served.callerArn ?? `${sessionsOf(role.arn)}/any`;
        sent.push({ operation, idempotencyKey, callerArn });
      }
    }
    return observeCall(requestOf(operation), results, role);
  };

  const sendSigned = async (
    request: RequestOf<'send'>,
    keys: ProbeKeys | undefined,
  ): Promise<Observation> => {
    // A custom domain points at one stage. AWS's own host has all stages.
    const url = request.stage === undefined ? (call.api?.url ?? '') : defaultOriginOf(call.api, pair?.api);
    return observeResponse(await send(await prepare(request, { url, region, now: new Date() }, keys), agent));
  };

  const dryRun = async ({ route }: RequestOf<'dry run'>, account: Account): Promise<Observation> => {
    const { functionArn } =
      pair?.api.routes.find(({ method, path }) => method === route.method && path === route.path) ?? {};
    if (functionArn === undefined) return { outcome: 'no function', message: 'the API has no such route' };
    const { StatusCode } = await account
      .lambda(parseArn(functionArn).region)
      .send(new InvokeCommand({ FunctionName: functionArn, InvocationType: 'DryRun' }));
    return { outcome: String(StatusCode), message: 'Lambda would invoke the function' };
  };

  const run = async (probe: Probe): Promise<Observation> => {
    const { request } = probe;
    switch (request.kind) {
      case 'call':
        return callByFunction(request);
      case 'event':
        return observeInvocation(request.event, await invokeCaller(request.event, unmarkedLambda()));
      case 'send':
        return sendSigned(request, await keysOf(probe));
      case 'assume':
        await assume(requireAccount(accountOf(probe)), SESSION_SECONDS);
        return { outcome: '200', message: 'STS issued a session' };
      case 'dry run':
        return dryRun(request, requireAccount(accountOf(probe)));
      case 'admission':
        return evaluateAdmission(probed, request);
      case 'grant':
        return evaluateGrant(probed, request);
      case 'further caller':
        return evaluateFurtherCaller(probed, request);
      case 'chain':
        walked = await walkCall(call, open, found);
        return observeChain(walked.chain);
      case 'routes':
        return observeServedRoutes(probed);
    }
  };
  return {
    observe: (probe) => run(probe).catch(observeError),
    sent,
    calls,
    walked: () => walked,
  };
}

/** The lists of probes have none of an account that is not open. */
function requireAccount(account: Account | undefined): Account {
  if (account === undefined) throw new Error('No profile of this account is open.');
  return account;
}
