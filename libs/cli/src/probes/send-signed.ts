import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { AwsV4Signer } from 'aws4fetch';
import { VERIFY_USER_AGENT } from '../aws/user-agent.ts';
import type { OpenStage } from '../stage/open-stage.ts';
import type { ApiResponse } from './observe.ts';
import type { PlainRequest, ProbeRequest } from './probe.ts';

/** Keys to sign with. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Longer than API Gateway takes for an answer. */
const TIMEOUT_MS = 35_000;

/**
 * The agent for APIs. For local AWS it only goes through its proxy: the APIs have the host names of real ones.
 * @returns `undefined` for the real AWS: Node's own
 */
export async function apiAgent({
  localNetwork,
}: Pick<OpenStage, 'localNetwork'>): Promise<Agent | undefined> {
  if (localNetwork === undefined) return undefined;
  const { proxy, caFile } = localNetwork;
  return new Agent({ proxyEnv: { HTTPS_PROXY: proxy }, ca: await readFile(caFile) });
}

/** A request, ready to send. */
export interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/**
 * Signs a probe's request, and changes it afterwards as the probe wants.
 * @param keys `undefined`: it is not signed
 */
export async function prepare(
  { request, stage, fault = {}, tampered = {} }: Extract<ProbeRequest, { kind: 'send' }>,
  api: { readonly url: string; readonly region: string; readonly now: Date },
  keys: Keys | undefined,
): Promise<WireRequest> {
  const base = stage === undefined ? api.url : new URL(`/${stage}`, api.url).href;
  const sent: PlainRequest = { ...request, ...tampered };
  const { method, body, headers = {} } = sent;
  const url = urlOf(base, sent);
  if (keys === undefined) return { method, url, headers, body };
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  const { region = api.region, ageMinutes = 0 } = fault;
  const token = fault.sessionToken ?? sessionToken;
  const signer = new AwsV4Signer({
    service: 'execute-api',
    region,
    accessKeyId,
    secretAccessKey: fault.secretAccessKey ?? secretAccessKey,
    ...(token !== undefined && { sessionToken: token }),
    datetime: amzDate(new Date(api.now.getTime() - ageMinutes * 60_000)),
    method: request.method,
    url: urlOf(base, request),
    headers: { ...request.headers },
    ...(request.body !== undefined && { body: request.body }),
  });
  const signed = Object.fromEntries((await signer.sign()).headers);
  return { method, url, headers: { ...signed, ...headers }, body };
}

/**
 * Sends a request to an API.
 * @throws Error if there is no answer
 */
export async function send(
  { url, body, method, headers }: WireRequest,
  agent: Agent | undefined,
): Promise<ApiResponse> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const outgoing = httpsRequest(url, {
    method,
    headers: { 'user-agent': VERIFY_USER_AGENT, ...headers },
    agent,
    signal,
  });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  const header = (name: string): string | undefined => {
    const value: unknown = response.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    status: response.statusCode,
    errorType: header('x-amzn-errortype'),
    requestId: header('x-amzn-requestid'),
    body: await text(response),
  };
}

function urlOf(base: string, { path, query }: PlainRequest): string {
  return `${base}${path}${query === undefined ? '' : `?${query}`}`;
}

/** @example '20261126T030405Z' */
function amzDate(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '');
}
