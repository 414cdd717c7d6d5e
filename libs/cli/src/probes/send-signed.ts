import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { AwsV4Signer } from 'aws4fetch';
import { ReadError } from '../aws/read-error.ts';
import { VERIFY_USER_AGENT } from '../aws/user-agent.ts';
import type { OpenCall } from '../call/open-call.ts';
import type { ApiResponse } from './observe.ts';
import type { PlainRequest, ProbeRequest } from './probe.ts';

/** Keys to sign with. */
export interface ProbeKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Longer than API Gateway takes for an answer. */
const TIMEOUT_MS = 35_000;

/**
 * The agent for APIs: through the proxy of the environment or, for a stage of local AWS, only through its own, as the APIs have the host
 * names of real ones. If the SDK does not talk to AWS, the requests to the API must not go there, either.
 * @returns `undefined`: Node's own
 * @throws ReadError if the SDK and the requests to the API would reach two different AWS
 */
export async function apiAgent(
  { localNetwork, accounts }: Pick<OpenCall, 'localNetwork' | 'accounts'>,
  environment: NodeJS.ProcessEnv,
): Promise<Agent | undefined> {
  if (localNetwork !== undefined) {
    const { proxy, caFile } = localNetwork;
    return new Agent({ proxyEnv: { HTTPS_PROXY: proxy }, ca: await readFile(caFile) });
  }
  const proxy = environment.HTTPS_PROXY ?? environment.https_proxy;
  const { customEndpoint } = [...accounts.values()].find((each) => each.customEndpoint !== undefined) ?? {};
  if (customEndpoint !== undefined && !proxy) {
    throw new ReadError(
      'WRONG_AWS',
      `The profiles point at ${customEndpoint}, and the API's URL at AWS. Set HTTPS_PROXY and NODE_EXTRA_CA_CERTS for local AWS (source .local-aws/env), or use profiles of AWS.`,
    );
  }
  return proxy ? new Agent({ proxyEnv: { ...environment } }) : undefined;
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
  keys: ProbeKeys | undefined,
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
    headers: {
      'user-agent': VERIFY_USER_AGENT,
      // Node leaves it out for DELETE, and the body would have no end.
      ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      ...headers,
    },
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
