import type { Agent } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { GetDeploymentCommand, GetStageCommand } from '@aws-sdk/client-api-gateway';
import { paginateDescribeStackEvents, type StackEvent } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Account } from '../../aws/account.ts';
import { defaultOriginOf, urlOfStage } from '../../aws/api-url.ts';
import { cloudFormationOf } from '../../aws/cloud-formation.ts';
import type { WalkableCall } from '../../call/call.ts';
import type { Pair } from '../../call/pair.ts';
import type { InvocationReport } from '../../probes/invocation-report.ts';
import { observeError } from '../../probes/observe.ts';
import type { PlainRequest } from '../../probes/probe.ts';
import { prepare, send } from '../../probes/send-signed.ts';
import { stageNames } from '../../project/stage-settings.ts';
import type { OpenStage } from '../../stage/open-stage.ts';
import { anonymize } from './anonymize.ts';
import {
  type AccessLogLine,
  accessLogLine,
  type FailedEvent,
  failedEvent,
  operationsOfLastDeployment,
  summaryKeys,
} from './evidence-text.ts';

/** A fact about a deployment, or why it could not be read, in AWS's words. */
export type Read<Value> = Value | { readonly unread: string };

/** What a report records of a deployment beside the answers to probes, without IDs and names. */
export interface Evidence {
  /** Changes of resources that failed, in both stacks. Newest first. */
  readonly failedEvents: Read<readonly FailedEvent[]>;
  /** The operations of the last deployment on the API's stack, oldest first. @example ['CREATE', 'UPDATE'] */
  readonly lastDeployment: Read<readonly string[]>;
  /** The keys of the deployment's `apiSummary`, with the methods below each. @example ['/… POST', '/…/{…} GET'] */
  readonly apiSummaryKeys: Read<readonly string[]>;
  /** The line that the access log has of a request that was changed after signing. */
  readonly tamperedRequest: Read<AccessLogLine>;
  /** Lambda's report of a call of the caller function that started cold. */
  readonly coldCall: Read<InvocationReport>;
  /** Lambda's report of the last call that started warm. */
  readonly warmCall: Read<InvocationReport>;
}

/** The deployment from which evidence is gathered. */
export interface EvidenceSource {
  readonly open: OpenStage;
  readonly call: Pick<WalkableCall, 'api'>;
  readonly pair: Pick<Pair, 'api' | 'stage'>;
  /** For the API. */
  readonly agent: Agent | undefined;
  /** A GET of the API. It is changed after signing, so API Gateway refuses it. `undefined` if the API has no GET */
  readonly request: PlainRequest | undefined;
  /** Lambda's reports of the calls that the probes have made. */
  readonly calls: readonly InvocationReport[];
  /** How long to wait for the line of the access log. */
  readonly waitSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** Events of a stack are read back to this number. */
const MAX_EVENTS = 1_000;
const LOG_POLL_MS = 2_000;

/** Gathers what a report records. It reads, and sends one request, which API Gateway refuses. */
export async function gatherEvidence(source: EvidenceSource): Promise<Evidence> {
  const { api, caller, stage } = source.open;
  const names = stageNames(stage);
  return {
    failedEvents: await read(async () => {
      const events = [...(await stackEvents(api, names.api)), ...(await stackEvents(caller, names.caller))];
      return events.flatMap(failedEvent);
    }),
    lastDeployment: await read(async () => operationsOfLastDeployment(await stackEvents(api, names.api))),
    apiSummaryKeys: await read(() => readSummaryKeys(source)),
    tamperedRequest: await read(() => readTamperedRequest(source)),
    coldCall:
      source.calls.find(({ initDurationMs }) => initDurationMs !== undefined) ??
      unread(
        'No call started cold. Verify right after a deployment that changes the caller, before anything invokes it.',
      ),
    warmCall:
      source.calls.findLast(({ initDurationMs }) => initDurationMs === undefined) ??
      unread('No call started warm.'),
  };
}

const unread = (reason: string) => ({ unread: reason });

async function read<Value>(work: () => Promise<Value>): Promise<Read<Value>> {
  try {
    return await work();
  } catch (error) {
    const { outcome, message } = observeError(error);
    return { unread: error instanceof NoEvidence ? message : anonymize(`${outcome} ${message}`) };
  }
}

/** The deployment has nothing to read. Its message names nothing of the deployment. */
class NoEvidence extends Error {
  override readonly name = 'NoEvidence';
}

/** Newest first. */
async function stackEvents(account: Account, StackName: string): Promise<StackEvent[]> {
  const client = cloudFormationOf(account);
  const events: StackEvent[] = [];
  for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client }, { StackName })) {
    events.push(...StackEvents);
    if (events.length >= MAX_EVENTS) break;
  }
  return events;
}

async function readDeployedStage({ open: { api, region }, pair }: EvidenceSource) {
  if (pair.api.protocol === 'HTTP') throw new NoEvidence('The API is an HTTP API.');
  const { apiId: restApiId } = pair.api;
  const client = api.apiGateway(region);
  const stage = await client.send(new GetStageCommand({ restApiId, stageName: pair.stage }));
  return { client, restApiId, stage };
}

async function readSummaryKeys(source: EvidenceSource): Promise<readonly string[]> {
  const { client, restApiId, stage } = await readDeployedStage(source);
  const { deploymentId } = stage;
  const { apiSummary = {} } = await client.send(
    new GetDeploymentCommand({ restApiId, deploymentId, embed: ['apisummary'] }),
  );
  return summaryKeys(apiSummary);
}

async function readTamperedRequest(source: EvidenceSource): Promise<AccessLogLine> {
  const { open, call, pair, agent, request, waitSeconds, signal } = source;
  const { stage } = await readDeployedStage(source);
  const [, logGroupName] = /:log-group:([^:]+)/.exec(stage.accessLogSettings?.destinationArn ?? '') ?? [];
  if (logGroupName === undefined) throw new NoEvidence('The stage has no access log.');
  if (request === undefined) throw new NoEvidence('The API has no GET.');
  const startTime = Date.now() - LOG_POLL_MS;
  const keys = await open.api.iam.config.credentials();
  const tampered = { query: [request.query, 'verify=2'].filter(Boolean).join('&') };
  const url = urlOfStage(defaultOriginOf(call.api, pair.api), pair.stage);
  const target = { url, region: open.region, now: new Date() };
  const { requestId } = await send(await prepare({ kind: 'send', request, tampered }, target, keys), agent);
  if (requestId === undefined) throw new NoEvidence('The answer has no request ID.');
  const logs = new CloudWatchLogsClient(open.api.sdk);
  try {
    for (
      const end = Date.now() + waitSeconds * 1_000;
      ;
      await setTimeout(LOG_POLL_MS, undefined, { signal })
    ) {
      const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, startTime }));
      const line = events.find(({ message }) => message?.includes(requestId))?.message;
      if (line !== undefined) return accessLogLine(line, keys.sessionToken);
      if (Date.now() >= end) throw new NoEvidence('The access log has no line of the request yet.');
    }
  } finally {
    logs.destroy();
  }
}
