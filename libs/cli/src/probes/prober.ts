import { randomUUID } from 'node:crypto';
import type { Agent } from 'node:https';
import { InvokeCommand, LogType } from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Account } from '../aws/account.ts';
import { type InvocationReport, invocationReport } from '../commands/verify/evidence-text.ts';
import type { SentMessage } from '../commands/verify/forget-messages.ts';
import {
  type Evaluated,
  evaluateAdmission,
  evaluateChain,
  evaluateFurtherCaller,
  evaluateGrant,
  readServedRoutes,
} from './evaluate.ts';
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
import { callingRole } from './probes.ts';
import { prepare, send } from './send-signed.ts';

/** Runs probes. */
export interface Prober {
  /** Makes a probe's requests. An error is an observation, too. */
  observe(probe: Probe): Promise<Observation>;
  /** The messages that the API has executed so far. */
  readonly sent: readonly SentMessage[];
  /** Lambda's reports of the invocations of the caller function so far. */
  readonly calls: readonly InvocationReport[];
}

type RequestOf<Kind extends ProbeRequest['kind']> = Extract<ProbeRequest, { kind: Kind }>;

/** The shortest session that STS issues. Nothing uses it: it should not exist. */
const SESSION_SECONDS = 900;

/**
 * Makes the runner for the probes of a deployment.
 * @param agent for the API
 */
export function createProber(evaluated: Evaluated, agent: Agent | undefined): Prober {
  const { open, deployed } = evaluated;
  const { pair } = deployed;
  const sent: SentMessage[] = [];
  const calls: InvocationReport[] = [];

  /** The account whose profile signs; `undefined` if no profile does. */
  const accountOf = ({ credentials }: Probe): Account | undefined => {
    if (credentials === 'account A') return open.api;
    return credentials === 'account B' ? open.caller : undefined;
  };

  const invokeCaller = async (event: unknown) => {
    const input = { FunctionName: pair.caller.arn, Payload: JSON.stringify(event), LogType: LogType.Tail };
    const output = await open.caller.lambda(open.region).send(new InvokeCommand(input));
    const report = invocationReport(Buffer.from(output.LogResult ?? '', 'base64').toString());
    if (report !== undefined) calls.push(report);
    return readResult(output);
  };

  const call = async ({ operation, repeated }: RequestOf<'call'>): Promise<Observation> => {
    const role = callingRole(pair);
    const idempotencyKey = operation.takesKey ? `verify-${randomUUID()}` : undefined;
    const event = eventOf(operation, idempotencyKey);
    const results = [];
    for (const _ of repeated === true ? [1, 2] : [1]) {
      const result = await invokeCaller(event);
      results.push(result);
      const served = servedBy(result);
      if (served !== undefined && idempotencyKey !== undefined) {
        const callerArn = served.callerArn ?? `${sessionsOf(role.arn)}/any`;
        sent.push({ operation, idempotencyKey, callerArn });
      }
    }
    return observeCall(requestOf(operation), results, role);
  };

  const sendSigned = async (request: RequestOf<'send'>, account: Account | undefined) => {
    const keys = await account?.iam.config.credentials();
    // A custom domain points at one stage.
    const url = request.stage === undefined ? deployed.apiUrl : deployed.defaultUrl;
    const api = { url, region: open.region, now: new Date() };
    return observeResponse(await send(await prepare(request, api, keys), agent));
  };

  const assume = async (account: Account): Promise<Observation> => {
    const sts = new STSClient(account.sdk);
    try {
      await sts.send(
        new AssumeRoleCommand({
          RoleArn: pair.invokeRoleArn,
          RoleSessionName: 'verify',
          ExternalId: pair.externalId,
          DurationSeconds: SESSION_SECONDS,
        }),
      );
      return { outcome: '200', message: 'STS issued a session' };
    } finally {
      sts.destroy();
    }
  };

  const dryRun = async ({ route }: RequestOf<'dry run'>, account: Account): Promise<Observation> => {
    const { functionArn } =
      pair.api.routes.find(({ method, path }) => method === route.method && path === route.path) ?? {};
    if (functionArn === undefined) return { outcome: 'no function', message: 'the API has no such route' };
    const { StatusCode } = await account
      .lambda(open.region)
      .send(new InvokeCommand({ FunctionName: functionArn, InvocationType: 'DryRun' }));
    return { outcome: String(StatusCode), message: 'Lambda would invoke the function' };
  };

  const run = async (probe: Probe): Promise<Observation> => {
    const { request } = probe;
    const account = accountOf(probe);
    switch (request.kind) {
      case 'call':
        return call(request);
      case 'event':
        return observeInvocation(await invokeCaller(request.event));
      case 'send':
        return sendSigned(request, account);
      case 'assume':
        return assume(account ?? open.caller);
      case 'dry run':
        return dryRun(request, account ?? open.caller);
      case 'admission':
        return evaluateAdmission(evaluated, request);
      case 'grant':
        return evaluateGrant(evaluated, request);
      case 'further caller':
        return evaluateFurtherCaller(evaluated, request);
      case 'chain':
        return evaluateChain(evaluated);
      case 'routes':
        return readServedRoutes(evaluated);
    }
  };
  return { observe: (probe) => run(probe).catch(observeError), sent, calls };
}
