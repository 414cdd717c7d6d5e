import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { XMLParser } from 'fast-xml-parser';
import { type SigningKeys, signRequest } from '../authentication/sign-request.ts';
import { isObject } from '../core/is-object.ts';

/** The deployment does not wait longer for its notice. */
const TIMEOUT_MS = 5_000;

/** The sentences that are printed, in the reason of a stack's last event. */
const NOTICE =
  /These resources have no effect in local AWS: [^.]*\.|These properties have no effect in local AWS, or only part of it: .*?\)\.(?= |$)|\S+(?:, \S+)* trusts? account \d{12}, which local AWS does not have \([^)]*\)\./g;

/** A deployed stack, and the way to ask for it. */
export interface StackQuestion {
  /** The address of local AWS. */
  readonly url: string;
  readonly region: string;
  /** Of the deployer. */
  readonly keys: SigningKeys;
  readonly stackId: string;
}

/**
 * Reads which resources and properties of a stack have no effect in local AWS, and which accounts of its policies local AWS does not have:
 * the reason of its last event names them, and the framework prints no reasons.
 * @returns a sentence for each; `undefined` if there are none, or if they cannot be read
 */
export async function readStackNotice({
  url,
  region,
  keys,
  stackId,
}: StackQuestion): Promise<string | undefined> {
  const { host } = new URL(url);
  const body = new URLSearchParams({
    Action: 'DescribeStackEvents',
    Version: '2010-05-15',
    StackName: stackId,
  }).toString();
  const unsigned = { method: 'POST', host, rawPath: '/', rawQuery: '', body: Buffer.from(body) };
  const headers = signRequest(
    { ...unsigned, headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' } },
    keys,
    { service: 'cloudformation', region },
    new Date(),
  );
  const answer = await post(url, headers, body);
  // The newest event comes first.
  const reason = find(new XMLParser().parse(answer), 'ResourceStatusReason');
  const sentences = reason?.match(NOTICE);
  return sentences == null ? undefined : sentences.join(' ');
}

/** Sends a request without a proxy: `fetch` has that of the shell, if Node was started with `NODE_USE_ENV_PROXY`. */
async function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<string> {
  const agent = new Agent();
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const sent = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      agent,
      signal,
    });
    sent.end(body);
    const [response]: IncomingMessage[] = await once(sent, 'response');
    return response === undefined ? '' : await text(response);
  } finally {
    agent.destroy();
  }
}

/** The first text of an element with a name, of the first event. */
function find(value: unknown, name: string): string | undefined {
  const path = ['DescribeStackEventsResponse', 'DescribeStackEventsResult', 'StackEvents', 'member'];
  const events = path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), value);
  const [newest] = [events].flat();
  const text = isObject(newest) ? newest[name] : undefined;
  return typeof text === 'string' ? text : undefined;
}
